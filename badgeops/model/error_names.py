"""The table of errors: every way in which a command can end badly, by its name. Pure.

What is wrong with a catalog has a rule (`rules`); an error ends the command. Names of both kinds are different, so that
`badgeops explain` can be asked for either. The classes are drawn in `errors`, and each has the name of its row.
"""

from __future__ import annotations

from typing import Final

from badgeops.model.rules import Rule

TABLE: Final = (
    Rule(
        "catalog-has-problems",
        "The catalog has errors.",
        "badgeops plans nothing from a catalog that it understands in part: what it cannot read would look removed.",
        "Run `badgeops validate`, correct the errors, and run the command again.",
    ),
    Rule(
        "credentials-refused",
        "The server does not accept the credentials, or there are none.",
        "A token expires, a password changes, or the variables of another environment are set.",
        "Run `badgeops login`, or check your BADGEOPS_ variables; `badgeops doctor` tells which are used.",
    ),
    Rule(
        "entity-not-found",
        "The server has no entity of this id, or the account may not see it.",
        "The API gives the same answer to both, so badgeops cannot tell them apart.",
        "Check the id and the account; `badgeops plan --show-unmanaged` lists what the account sees.",
    ),
    Rule(
        "internal-error",
        "badgeops met a case that it was not written for.",
        "It is a fault of badgeops, not of your catalog. What was done so far is recorded.",
        "Run the command again with BADGEOPS_DEBUG=1, and report what it prints.",
    ),
    Rule(
        "issuer-not-verified",
        "The server wants an issuer verified before it can have badge classes.",
        "Some servers let only issuers publish that an operator has looked at. No badge class can mend that.",
        "Ask the server's operator to verify the issuer, and run the command again.",
    ),
    Rule(
        "no-more-threads",
        "The operating system starts no more threads for badgeops.",
        "A limit of this account or container is reached (`ulimit -u`). What was done so far is recorded.",
        "Run the command again with a smaller `--parallelism`, or when less is running.",
    ),
    Rule(
        "not-an-api",
        "The address answers, but not as this API does.",
        "It may be a login page, a proxy, or another product; an answer that is not understood is never acted on.",
        "Check `server` in badgeops.yaml, and run `badgeops doctor`.",
    ),
    Rule(
        "output-not-told",
        "The result cannot be told.",
        "The output is closed, nobody reads it any more, or its disk is full. Nobody would have seen what is done.",
        "Run the command again with an output that can be written.",
    ),
    Rule(
        "plan-not-applicable",
        "The plan cannot be carried out as it stands.",
        "Something is protected, too much would change at once, or an entity is no longer what the plan was made for.",
        "Read what the message names; a new `badgeops plan` shows how things are now.",
    ),
    Rule(
        "refused-by-system",
        "The operating system refused something that badgeops needs.",
        "A disk is full, a folder is not writable, or a file is gone. What was done so far is recorded.",
        "Check free space and permissions, also of where the output goes.",
    ),
    Rule(
        "request-refused",
        "The server understood a request and refused it.",
        "Its own rules are stricter than those that badgeops knows, or the account lacks a right.",
        "Read the server's words for each field, and correct the document that they are about.",
    ),
    Rule(
        "server-fault",
        "The server failed while it worked on a request (status 500 and above).",
        "It may be overloaded or out of order. badgeops does not repeat a write whose outcome it does not know.",
        "Wait a moment and run the command again: badgeops first looks at what the failed request has done.",
    ),
    Rule(
        "server-trouble",
        "Talking to the server failed.",
        "What it answered does not allow badgeops to go on.",
        "Run `badgeops doctor`, and run the command again.",
    ),
    Rule(
        "server-unreachable",
        "No answer came from the server.",
        "The name may be wrong, the network or a proxy in the way, the certificate not trusted, or the server down.",
        "Check `server` in badgeops.yaml and the network; `badgeops doctor` tries each step.",
    ),
    Rule(
        "settings-unusable",
        "badgeops.yaml, a variable, an option or a file that the command was given cannot be used.",
        "badgeops guesses nothing that decides what is changed, and where.",
        "Correct what the message names; the help of a command lists its options.",
    ),
    Rule(
        "state-locked",
        "Another run of badgeops works on this state.",
        "Two runs at a time would each undo what the other records.",
        "Wait, or give `--lock-timeout`. If the other run is gone for good, `badgeops force-unlock` releases the lock.",
    ),
    Rule(
        "state-unusable",
        "The state cannot be read, written or trusted.",
        "Without it, badgeops does not know which entities it manages, and could make them twice.",
        "Take the last good version out of the history of the repository, or the backup beside the state.",
    ),
    Rule(
        "too-many-requests",
        "The server asked badgeops to slow down, more often than it was willing to wait.",
        "Other programs may use the same account.",
        "Try again later, or with a lower `--parallelism`.",
    ),
)
"""Every error, sorted by name."""

NAMED: Final = {row.name: row for row in TABLE}
"""Every error by its name."""
