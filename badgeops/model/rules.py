"""The table of rules: every problem that badgeops reports, by its name. Pure.

A name is public: it stands in JSON, SARIF and JUnit, and people filter by it. So it is chosen here and nowhere else,
and a name that was changed is listed with the one that took its place. `docs/rules.md` is made of this table.

Names say what is wrong: `invalid-…` is of the wrong form, `unknown-…` refers to what is not there, `missing-…` should
be there, `unused-…` is there for nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule, in three sentences for people who have never heard of it."""

    name: str
    what: str
    """What is wrong."""
    why: str
    """Why it matters."""
    mend: str
    """What to do."""
    formerly: tuple[str, ...] = ()
    """Names that it had in earlier versions."""
    accepts_errors: bool = False
    """Whether `accept:` in the settings takes an error of this rule too. What is accepted must be fit to be applied."""
    accept_for: str = ""
    """What stands at `for:` in an entry of `accept:` that takes a problem of this rule; empty if nothing takes one."""
    in_validate: bool = True
    """Whether `validate` can find it: the others need a server, a state, or another command."""


ADDRESS, FILE = "ADDRESS", "file:PATH"
"""A document has an address; what is wrong with a file, or with how it is written, has only the file."""

TABLE: Final = (
    Rule(
        "abandoned-creation",
        "An earlier run was interrupted while it created an entity whose document is gone now.",
        "The entity may be on the server, and the state does not know it.",
        "Look for it on the server, and delete it there or import it.",
        in_validate=False,
        accept_for=ADDRESS,
    ),
    Rule(
        "absolute-path",
        "A path begins at the root of a computer.",
        "It would lead somewhere else, or nowhere, on every other computer.",
        "Write the path relative to the file that it stands in.",
    ),
    Rule(
        "ambiguous-creation",
        "It cannot be told what an interrupted run created: several could be it, or one has other texts, another name "
        "or another key.",
        "The wrong one would be managed from now on, and the right one forgotten.",
        "Import the right one: `badgeops import ADDRESS ENTITY_ID`. If it is none of them, the message says more.",
        in_validate=False,
    ),
    Rule(
        "ambiguous-variable",
        "The names of two environments lead to the same variable with credentials.",
        "A token or password would be sent to a server that it was not given for.",
        "Give one of the environments another name.",
    ),
    Rule(
        "bidi-character",
        "A text has an invisible character that changes the direction of writing.",
        "It can make a text look different from what it is.",
        "Delete the character, unless you mean it.",
        accept_for=ADDRESS,
    ),
    Rule(
        "cannot-accept",
        "The settings accept errors of a rule whose errors cannot be accepted.",
        "Servers would refuse what is wrong, or badgeops could not tell what to do.",
        "Correct the error, and delete the entry.",
    ),
    Rule(
        "cannot-archive",
        "The server cannot archive this entity.",
        "Only the hosted service archives, and only badge classes.",
        "Write `onRemove: forget` or `onRemove: delete`.",
        in_validate=False,
        accept_for=ADDRESS,
    ),
    Rule(
        "cannot-ask-git",
        "A document refers to a file, and git does not say whether it ignores that file.",
        "What documents refer to is published, and a file that git ignores is nobody else's business.",
        "Make `git status` work in this folder, or write the text into the document.",
    ),
    Rule(
        "cannot-be-cleared",
        "A field cannot be emptied once it has a value.",
        "The server keeps the value, whatever is sent.",
        "Write another value, or leave the field to the server.",
        in_validate=False,
        accept_for=ADDRESS,
    ),
    Rule(
        "cannot-move",
        "A badge class cannot go to another issuer.",
        "Servers do not change the issuer of a badge class, and awards name it.",
        "Create a badge class with another key, and keep this one.",
        in_validate=False,
    ),
    Rule(
        "control-character",
        "A text has an invisible control character.",
        "Servers refuse or lose it.",
        "Delete the character.",
    ),
    Rule(
        "curly-quotes",
        "A value stands in typographic quotes.",
        "For YAML they are part of the text.",
        "Use straight quotes.",
        accept_for=FILE,
    ),
    Rule(
        "document-too-large",
        "A document is too large.",
        "Its aliases may repeat it without end.",
        "Split it, or check whether it repeats itself.",
        ("too-large",),
    ),
    Rule(
        "duplicate-alignment",
        "An alignment is given twice.",
        "Servers keep it once.",
        "Delete one of the two.",
        accept_for=ADDRESS,
    ),
    Rule(
        "duplicate-field",
        "A field stands twice in one document.",
        "Only one of the two can count, and nobody sees which.",
        "Delete one of the two.",
    ),
    Rule(
        "duplicate-key",
        "Two documents have the same kind and key.",
        "The key is what badgeops tells them apart by.",
        "Give one of them another key.",
    ),
    Rule(
        "duplicate-name",
        "Two badge classes of one issuer have the same name.",
        "People who earn them cannot tell them apart.",
        "Rename one of them. If you mean it, write `allowDuplicateName: true` into the lifecycle of both.",
    ),
    Rule(
        "duplicate-tag",
        "A tag is given twice.",
        "Servers keep it once.",
        "Delete one of the two.",
        accept_for=ADDRESS,
    ),
    Rule(
        "earned-by-people",
        "A badge class is to be deleted, and people have earned it.",
        "The server refuses to delete it as long as somebody has an award.",
        "Revoke the awards first, or forget the badge class instead of deleting it.",
        ("held-by-people",),
        in_validate=False,
    ),
    Rule(
        "earners-unknown",
        "A badge class is to be deleted, and whether anybody has earned it could not be found out.",
        "Deleting a badge class deletes its awards. A list that is refused is not an empty list.",
        "Use an account that may list the awards, or forget the badge class instead of deleting it.",
        in_validate=False,
    ),
    Rule(
        "empty-catalog",
        "The catalog has no documents.",
        "There is nothing to plan.",
        "Write a document, or check whether this is the right folder.",
        accept_for=FILE,
    ),
    Rule(
        "empty-field",
        "A field has no value after its colon.",
        "It could mean nothing, or a value that was forgotten.",
        "Write a value, or write `null` to clear the field.",
    ),
    Rule(
        "empty-tag",
        "A tag is empty.",
        "Servers refuse it.",
        "Delete the entry, or write a word.",
    ),
    Rule(
        "empty-text",
        "A text is empty or blank.",
        "Servers refuse it.",
        "Write something, or leave the field out.",
        accept_for=ADDRESS,
    ),
    Rule(
        "ended-awards",
        "A badge class is to be deleted whose awards are all expired or revoked.",
        "The server does not refuse, and deletes the awards too: whoever earned it loses the record.",
        "Forget or archive the badge class instead, if people should still find their awards.",
        in_validate=False,
        accept_for=ADDRESS,
    ),
    Rule(
        "field-cannot-be-shared",
        "The defaults or overrides have a field that belongs in each document.",
        "Two documents cannot share it.",
        "Write it in the document itself.",
        ("fixed-field",),
    ),
    Rule(
        "field-not-stored",
        "The server does not store this field.",
        "What the document says of it has no effect there.",
        "Leave it out, or use a server that stores it.",
        ("not-stored",),
        in_validate=False,
        accept_for=ADDRESS,
    ),
    Rule(
        "file-too-large",
        "A file is larger than badgeops reads.",
        "It is probably the wrong file.",
        "Check the path, or use a smaller file.",
    ),
    Rule(
        "foreign-file",
        "A YAML file in the catalog's folder is not of the catalog.",
        "badgeops reads every YAML file in this folder, and this one has no kind and key of badgeops.",
        "Name it in `.badgeopsignore`, or move it out of the folder. If it is meant to be a document, begin it with "
        "`kind:` and `key:`.",
    ),
    Rule(
        "hash-cuts-text",
        "A text is cut at a number sign.",
        "In YAML, ` #` begins a comment: the rest of the line is not part of the text.",
        "Put the text in quotes.",
        ("cut-off",),
        accept_for=FILE,
    ),
    Rule(
        "hidden-file",
        "A document or a link leads to a file whose name, or folder, begins with a dot.",
        "Such files hold settings and secrets, and what documents refer to is published.",
        "Copy the content to a file with another name, if you mean it.",
    ),
    Rule(
        "ignored-file",
        "A document or a link leads to a file that git ignores.",
        "It is on this computer only and may hold secrets, and what documents refer to is published.",
        "Add it with `git add -f`, or put it into a folder that git does not ignore.",
    ),
    Rule(
        "image-baked-award",
        "An image is an award that somebody has got.",
        "It holds the award itself, with what is known of its earner, and would be published with the badge class.",
        "Use the image from before it was awarded.",
    ),
    Rule(
        "image-converted",
        "A PNG was damaged because something took it for text.",
        "Git, an editor or an FTP program has changed its line ends, and no program can read it any more.",
        "Write `*.png binary` into `.gitattributes`, and add the original image again.",
    ),
    Rule(
        "image-damaged",
        "An image cannot be read to its end.",
        "Servers refuse it, or show half of it.",
        "Export the image again.",
    ),
    Rule(
        "image-empty",
        "An image file is empty.",
        "There is nothing to upload.",
        "Export the image again.",
    ),
    Rule(
        "image-format",
        "An image is neither PNG nor SVG.",
        "Servers take no other format.",
        "Export it as PNG or SVG.",
    ),
    Rule(
        "image-large-metadata",
        "A PNG has more than 1 MB of metadata, once unpacked.",
        "Browsers show it, but servers that read PNG with Pillow refuse it.",
        "Export it without metadata, in sRGB.",
        accept_for=ADDRESS,
    ),
    Rule(
        "image-lfs-pointer",
        "A file is a pointer of Git LFS and not the image itself.",
        "The pointer would be uploaded in place of the image.",
        "Run `git lfs pull`.",
    ),
    Rule(
        "image-not-square",
        "An image is not square.",
        "Servers add bars to make it square, which rarely looks good.",
        "Export it as a square.",
        accept_for=ADDRESS,
    ),
    Rule(
        "image-shows-place",
        "A PNG says where it was taken.",
        "Everybody who has the image can read the place from its metadata.",
        "Export it without metadata.",
        accept_for=ADDRESS,
    ),
    Rule(
        "image-suffix",
        "The name of an image does not fit its format.",
        "Programs that go by the name fail to show it.",
        "Rename the file.",
        accept_for=ADDRESS,
    ),
    Rule(
        "image-too-large",
        "An image file is too large.",
        "Servers refuse it.",
        "Export a smaller one.",
    ),
    Rule(
        "image-too-many-frames",
        "A PNG is an animation with too many frames.",
        "Browsers take the memory and the time for each of them, and many servers keep the first only.",
        "Export the first frame, or fewer and smaller ones.",
    ),
    Rule(
        "image-too-many-pixels",
        "An image has too many pixels.",
        "Decoding it would take all the memory of a computer.",
        "Export a smaller one.",
    ),
    Rule(
        "image-trailing-data",
        "A PNG goes on after its end.",
        "No program shows the rest, and it would be published: what was cropped from a screenshot, for example.",
        "Export the image again.",
    ),
    Rule(
        "image-will-be-resized",
        "An image is larger than servers keep.",
        "They make it smaller, so fine lines may be lost.",
        "Export it at the size that servers keep.",
        ("image-shrunk",),
        accept_for=ADDRESS,
    ),
    Rule(
        "invalid-choice",
        "A field does not have one of the values that it can have.",
        "Servers or badgeops would not know what it means.",
        "Choose one of the values that the message lists.",
        ("unknown-value",),
    ),
    Rule(
        "invalid-email",
        "A text is not an e-mail address.",
        "Servers refuse an issuer without a valid address.",
        "Write an address such as badges@acme.example.",
        ("bad-email",),
    ),
    Rule(
        "invalid-environment-name",
        "The name of an environment has characters that it cannot have.",
        "It becomes part of file names and of names of variables.",
        "Use letters, digits and hyphens.",
        ("bad-name",),
    ),
    Rule(
        "invalid-key",
        "A key has characters that it cannot have.",
        "It is part of an address that people type into shells.",
        "Use lower-case letters, digits, dots, hyphens and underscores.",
        ("bad-key",),
    ),
    Rule(
        "invalid-limit",
        "A limit is neither a number nor a percentage.",
        "badgeops would not know where to stop.",
        "Write a limit such as `5` or `10%`.",
        ("bad-limit",),
    ),
    Rule(
        "invalid-merge",
        "A merge key of YAML (`<<`) does not name fields.",
        "There is nothing to merge.",
        "Write the fields out.",
        ("bad-merge",),
    ),
    Rule(
        "invalid-path",
        "A text is not the path of a file.",
        "There is nothing to read.",
        "Name a file in the catalog, relative to the file that names it.",
        ("bad-path",),
    ),
    Rule(
        "invalid-reference",
        "A reference does not have the form that it needs.",
        "badgeops cannot tell what it refers to.",
        "Refer to an alignment as `SET/ENTRY`.",
        ("bad-reference",),
    ),
    Rule(
        "invalid-requires",
        "The range of versions in `requires` cannot be read.",
        "badgeops cannot tell whether it may touch the catalog.",
        'Write it as a Python requirement, in quotes: `requires: ">=0.1"`.',
        ("bad-requires",),
    ),
    Rule(
        "invalid-selector",
        "A selector does not have the form that it needs.",
        "badgeops cannot tell which documents are meant.",
        "Write an address, a glob such as `badge_class.*`, `issuer:KEY` or `file:PATTERN`.",
    ),
    Rule(
        "invalid-server",
        "The server of an environment cannot be used.",
        "badgeops would not know where to send requests, or would send them unprotected.",
        "Name a known server, or write its `https://` address.",
        ("bad-server",),
    ),
    Rule(
        "invalid-type",
        "A value is of another type than its field.",
        "Servers expect a text, a list or a number in this place.",
        "Write a value of the type that the message names.",
        ("wrong-type",),
    ),
    Rule(
        "invalid-url",
        "A text is not a web address.",
        "Servers refuse it.",
        "Write the whole address, beginning with `https://`.",
        ("bad-url",),
    ),
    Rule(
        "invalid-value",
        "A value is not the one that is expected in this place.",
        "badgeops cannot use any other.",
        "Write the value that the message names.",
        ("wrong-value",),
    ),
    Rule(
        "invisible-character",
        "An address has a character that nobody sees.",
        "It leads elsewhere than it seems to, or nowhere.",
        "Delete the character. Most came with copy and paste.",
    ),
    Rule(
        "issuer-not-empty",
        "An issuer is to be deleted, and it still has badge classes.",
        "The server would refuse, or delete them as well.",
        "Remove its badge classes first, or forget the issuer instead of deleting it.",
        in_validate=False,
    ),
    Rule(
        "link-loop",
        "A link leads back to a folder that it stands in.",
        "Following it would never end.",
        "Remove the link.",
    ),
    Rule(
        "link-outside",
        "A link leads out of the catalog.",
        "What lies outside is not reviewed together with the catalog.",
        "Put the files into the catalog.",
    ),
    Rule(
        "long-criteria",
        "A file with criteria is very long.",
        "Nobody reads criteria of that length, so it is probably the wrong file.",
        "Check the path, or shorten the text.",
        accept_for=ADDRESS,
    ),
    Rule(
        "long-text",
        "A text is longer than some servers keep.",
        "The database of a self-hosted server may fail on it.",
        "Shorten the text to be safe.",
        accept_for=ADDRESS,
    ),
    Rule(
        "markdown-image",
        "Criteria contain an image.",
        "Servers refuse the characters `![` in criteria.",
        "Remove the image, or link to it.",
    ),
    Rule(
        "maybe-gone",
        "Whether an entity is gone from the server cannot be told.",
        "The API gives one answer to what is gone and to what the account may not see, and the public page, which "
        "would tell, did not answer as the API does. Created again, the entity might be there twice.",
        "Use the account that created it, or have its owner make this one an editor of the issuer. If you know that it "
        "is gone, allow that with `--allow gone=ADDRESS`.",
        in_validate=False,
    ),
    Rule(
        "meaning-change",
        "A change alters what a badge class says, and people have earned it.",
        "The setting `onMeaningChange: block` protects what people have earned.",
        "Put the old text back and write a new badge class, or allow the change with `--allow meaning=ADDRESS`.",
        in_validate=False,
    ),
    Rule(
        "missing-catalog",
        "The folder of the catalog does not exist.",
        "There is nothing to read.",
        "Name the folder that has badgeops.yaml in it.",
        ("no-catalog",),
    ),
    Rule(
        "missing-criteria",
        "A badge class has no criteria.",
        "Newer servers and the hosted service refuse it, and nobody would know how to earn it.",
        "Write `criteriaNarrative`, or give the address of a page as `criteriaUrl`.",
        accepts_errors=True,
        accept_for=ADDRESS,
    ),
    Rule(
        "missing-description",
        "An issuer has no description.",
        "The hosted service refuses to change an issuer that has none.",
        "Add a `description`.",
        ("no-description",),
        in_validate=False,
        accept_for=ADDRESS,
    ),
    Rule(
        "missing-environment",
        "badgeops does not know which environment to use.",
        "A guess could change the wrong server.",
        "Add `defaultEnvironment` to badgeops.yaml, or use `--env`.",
        ("which-environment",),
    ),
    Rule(
        "missing-field",
        "A field that every document of this kind needs is missing.",
        "Servers refuse the entity without it.",
        "Add the field.",
    ),
    Rule(
        "missing-file",
        "A file that a document refers to does not exist.",
        "There is nothing to read or to upload.",
        "Correct the path, or add the file.",
    ),
    Rule(
        "missing-kind",
        "A document does not say what it is.",
        "badgeops cannot check or send it.",
        "Add `kind: Issuer`, `BadgeClass`, `AlignmentSet` or `Image`.",
    ),
    Rule(
        "missing-separator",
        "A document begins in the middle of another one: kind and key are there again.",
        "YAML takes both for one document, and of two equal fields keeps only the last.",
        "Write `---` on a line of its own between the two documents.",
    ),
    Rule(
        "missing-settings",
        "The folder has no badgeops.yaml.",
        "That file makes a folder a catalog.",
        "Name the right folder, or run `badgeops init`.",
        ("no-settings",),
    ),
    Rule(
        "more-problems",
        "There are more problems of this kind than the message lists.",
        "A list of all of them would hide the others.",
        "Correct the listed ones first.",
    ),
    Rule(
        "name-archived-on-server",
        "The server has an archived entity of this name.",
        "A second one beside it could not be told apart.",
        "Import the archived one, or allow a second one with `--allow duplicate-name=ADDRESS`.",
        ("archived-namesake",),
        in_validate=False,
    ),
    Rule(
        "name-exists-on-server",
        "The server already has an entity of this name, and the state does not record it.",
        "A matching name is not enough: badgeops manages only what the state records.",
        "Import it if it is the same one, or allow a second one with `--allow duplicate-name=ADDRESS`.",
        ("name-taken",),
        in_validate=False,
    ),
    Rule(
        "nested-too-deeply",
        "A document is nested too deeply.",
        "A catalog needs only a few levels.",
        "Flatten the document.",
        ("too-deep",),
    ),
    Rule(
        "not-a-file",
        "A path leads to something that is not a regular file.",
        "Reading it could hang, or never end.",
        "Name a regular file.",
    ),
    Rule(
        "not-a-folder",
        "The catalog is not a folder.",
        "A catalog is a folder of documents.",
        "Name the folder that has badgeops.yaml in it.",
    ),
    Rule(
        "not-a-mapping",
        "A document is not a list of fields.",
        "badgeops cannot tell its parts apart.",
        "Write fields, each with a name, a colon and a value.",
    ),
    Rule(
        "not-as-planned",
        "A change is not the one that was reviewed.",
        "Only what was reviewed is applied.",
        "Make a new plan and have it reviewed.",
        in_validate=False,
    ),
    Rule(
        "not-formatted",
        "A file is not written the way `badgeops fmt` writes it.",
        "If all files have the same layout, a review shows only real changes.",
        "Run `badgeops fmt`.",
        in_validate=False,
    ),
    Rule(
        "not-utf-8",
        "A file is not encoded as UTF-8.",
        "Its letters would come out as others.",
        "Save it as UTF-8.",
    ),
    Rule(
        "not-visible",
        "An entity is on the server, but this account cannot see it.",
        "badgeops would take it for deleted and create it again.",
        "Use the account that created it, or have its owner make this one an editor of the issuer.",
        in_validate=False,
    ),
    Rule(
        "nothing-left",
        "The catalog has no issuer and no badge class, and the state records some.",
        "All of them would be forgotten or deleted. Seldom is that meant: a folder or a checkout lacks the documents.",
        "Look where the documents are. If everything is to go, allow as many deletions as the message says.",
        in_validate=False,
    ),
    Rule(
        "old-snapshot",
        "A snapshot was taken beside another version of the state.",
        "What was created or deleted since looks wrong in the plan.",
        "Take a new snapshot, and bring the branch up to date.",
        in_validate=False,
    ),
    Rule(
        "out-of-range",
        "A number is too small or too large.",
        "Servers refuse it.",
        "Write a number in the range that the message names.",
    ),
    Rule(
        "outside-catalog",
        "A path leads out of the catalog.",
        "What lies outside is not reviewed together with the catalog.",
        "Put the file into the catalog.",
    ),
    Rule(
        "own-file",
        "A document refers to the settings, a state, or a file beside a state.",
        "What documents refer to is published, and these files are badgeops' own.",
        "Name another file.",
    ),
    Rule(
        "protected-entity",
        "An entity is to be deleted or archived, or is gone from the server, and it is protected.",
        "The setting `protect: true` keeps it, even after its document is gone. What is gone all the same is neither "
        "created again nor forgotten before somebody has looked.",
        "Take `protect` back and apply that first, or allow this one change with `--allow protected=ADDRESS`.",
        ("protected",),
        in_validate=False,
    ),
    Rule(
        "reference-in-set",
        "An entry of an AlignmentSet refers to another entry.",
        "Entries are the definitions that others refer to.",
        "Write the entry out.",
    ),
    Rule(
        "refused-by-server",
        "The server refused a change.",
        "It checks more than badgeops can know.",
        "Correct what the server's message names, and run the command again.",
        in_validate=False,
    ),
    Rule(
        "renamed-rule",
        "The settings name a rule by the name that it had in an earlier version.",
        "Old names are understood for one release only.",
        "Write the name of today.",
    ),
    Rule(
        "requires-other-version",
        "The catalog requires another version of badgeops.",
        "This version may not understand it.",
        "Install a version that fits `requires`.",
        ("wrong-version",),
    ),
    Rule(
        "settings-documents",
        "badgeops.yaml has more than one document.",
        "Only one set of settings can count.",
        "Write one document.",
    ),
    Rule(
        "stored-otherwise",
        "The server stored something else than was sent.",
        "Some servers ignore a field, or make another value of it: earners see that one. Plans show no change for it.",
        "Write what the server shows, or add the field to `ignoreChanges`.",
        in_validate=False,
        accept_for=ADDRESS,
    ),
    Rule(
        "svg-circular",
        "An SVG contains itself.",
        "It could be drawn without end, and every program stops at another point.",
        "Remove the reference that leads back.",
    ),
    Rule(
        "svg-doctype",
        "An SVG has a document type declaration.",
        "It can define entities, which can be used to attack readers.",
        "Export the SVG without it.",
    ),
    Rule(
        "svg-element",
        "An SVG has an element that does not draw.",
        "Servers remove or refuse it.",
        "Export it as plain SVG.",
    ),
    Rule(
        "svg-embedded",
        "An SVG embeds something that is neither an image nor a font.",
        "Another SVG, a document or a program inside of it is not checked, and may act.",
        "Embed PNG or JPEG, or convert it to shapes.",
    ),
    Rule(
        "svg-entities",
        "An SVG defines entities.",
        "They can be used to attack readers.",
        "Export the SVG without them.",
    ),
    Rule(
        "svg-external",
        "An SVG loads something from outside.",
        "It would tell others who looks at the badge, and it breaks when the other place is gone.",
        "Embed what it loads.",
    ),
    Rule(
        "svg-foreign-object",
        "An SVG contains foreign content, such as HTML.",
        "Servers remove or refuse it.",
        "Convert it to shapes.",
    ),
    Rule(
        "svg-malformed",
        "An SVG cannot be read.",
        "Servers refuse it.",
        "Export the image again.",
    ),
    Rule(
        "svg-namespace",
        "A file is not an SVG as browsers know it.",
        "Browsers would not show it.",
        "Export the image again.",
    ),
    Rule(
        "svg-no-viewbox",
        "An SVG does not say how large it is.",
        "Every program would show it at another size.",
        "Add a `viewBox`.",
        accept_for=ADDRESS,
    ),
    Rule(
        "svg-script",
        "An SVG contains a script or an event handler.",
        "It could act in the browser of whoever looks at the badge.",
        "Remove it.",
    ),
    Rule(
        "svg-too-complex",
        "An SVG is too complex to be checked.",
        "It would also be slow to show.",
        "Simplify it, or export it as PNG.",
    ),
    Rule(
        "svg-unfolds",
        "An SVG is small to read and too large to draw.",
        "References multiply a few shapes to millions, and filters take any amount of work: browsers would hang.",
        "Simplify it, or export it as PNG.",
    ),
    Rule(
        "svg-viewbox",
        "The `viewBox` of an SVG makes no sense.",
        "Browsers ignore it, or show nothing.",
        "Write four numbers, the last two above zero.",
    ),
    Rule(
        "tab-indentation",
        "A line is indented with a tab.",
        "YAML takes only spaces.",
        "Indent with spaces.",
        ("tab",),
    ),
    Rule(
        "text-is-path",
        "A text is nothing but the path of a file.",
        "Earners would read the path instead of the text in the file.",
        "Write `{file: PATH}`.",
        accept_for=ADDRESS,
    ),
    Rule(
        "text-too-long",
        "A text is longer than servers accept.",
        "They refuse it.",
        "Shorten the text.",
        ("too-long",),
    ),
    Rule(
        "text-would-be-empty",
        "A text consists of what looks like HTML tags.",
        "Servers remove tags, and nothing would be left.",
        "Write plain text.",
        ("text-vanishes",),
    ),
    Rule(
        "text-would-be-stripped",
        "A part of a text looks like an HTML tag.",
        "Servers remove it.",
        "Write it in other words.",
        ("text-stripped",),
        accept_for=ADDRESS,
    ),
    Rule(
        "too-many-problems",
        "A file has more problems than the output lists.",
        "A list of all of them would hide the others.",
        "Correct the listed ones first.",
    ),
    Rule(
        "twin-on-server",
        "The account has an entity with the issuer and the name of one that badgeops manages.",
        "Two runs without a common state have made one each, or somebody has made one by hand. Earners cannot tell "
        "them apart.",
        "Delete the one that nobody has earned on the server's web pages, import it with a document of its own, or set "
        "`allowDuplicateName`.",
        in_validate=False,
        accept_for=ADDRESS,
    ),
    Rule(
        "unchecked-documents",
        "The documents were not checked, because something is wrong with what badgeops.yaml says of them.",
        "What they consist of depends on its environments, defaults and overrides: much of what would be found in "
        "them would be gone once it is mended.",
        "Correct badgeops.yaml, and run the command again.",
    ),
    Rule(
        "undecided-creation",
        "An earlier run may have created this entity, and it is not on the server yet.",
        "A server may take minutes over a request, or over its lists; sent once more, there would be two.",
        "Run badgeops again after the time that the message names, or allow what it says if you are certain.",
        in_validate=False,
    ),
    Rule(
        "unknown-achievement-type",
        "The value of `achievementType` is not one of the known ones.",
        "The hosted service may refuse or ignore it.",
        "Choose one of the types that the message lists.",
        accept_for=ADDRESS,
    ),
    Rule(
        "unknown-alignment",
        "An AlignmentSet has no entry of this name.",
        "There is nothing to refer to.",
        "Correct the reference, or add the entry.",
    ),
    Rule(
        "unknown-alignment-set",
        "The catalog has no AlignmentSet of this key.",
        "There is nothing to refer to.",
        "Correct the reference, or add the AlignmentSet.",
    ),
    Rule(
        "unknown-backend",
        "A state cannot be kept in this kind of place.",
        "badgeops keeps states in files.",
        "Name a file.",
    ),
    Rule(
        "unknown-environment",
        "badgeops.yaml has no environment of this name.",
        "badgeops would not know which server to use.",
        "Correct the name, or add the environment.",
    ),
    Rule(
        "unknown-field",
        "Documents of this kind do not have a field of this name.",
        "What it says would have no effect.",
        "Correct the name, or delete the field.",
    ),
    Rule(
        "unknown-image",
        "The catalog has no Image of this key.",
        "There is nothing to refer to.",
        "Correct the reference, or add the Image.",
    ),
    Rule(
        "unknown-issuer",
        "The catalog has no issuer of this key.",
        "There is nothing to refer to.",
        "Correct the reference, or add the issuer.",
    ),
    Rule(
        "unknown-kind",
        "There is no such kind of document.",
        "badgeops cannot check or send it.",
        "Write `Issuer`, `BadgeClass`, `AlignmentSet` or `Image`.",
    ),
    Rule(
        "unknown-override",
        "An override names an address that the catalog does not have.",
        "It would have no effect.",
        "Correct the address, or delete the override.",
    ),
    Rule(
        "unknown-rule",
        "The settings name a rule that badgeops does not have.",
        "Nothing can be accepted by that name.",
        "Write one of the names of docs/rules.md; `badgeops explain` lists them.",
    ),
    Rule(
        "unknown-yaml-tag",
        "A value has a tag of YAML that means nothing in a catalog.",
        "badgeops would have to guess the value.",
        "Remove the word that begins with an exclamation mark.",
        ("unknown-tag",),
    ),
    Rule(
        "unreadable-on-server",
        "The server lists an entity that badgeops cannot read: its id, its name or another field has an odd form.",
        "It is not one of badgeops' own, which would be an error, so it is left alone. If its name cannot be read, it "
        "may have one that the catalog has.",
        "Open it on the server's web pages and save it again, or tell the server's operator.",
        in_validate=False,
    ),
    Rule(
        "unused-accept",
        "Something is accepted that is found no longer.",
        "It would hide the next problem of that kind, which nobody has looked at.",
        "Delete the entry, or its selector that selects nothing.",
    ),
    Rule(
        "unused-alignment-set",
        "No document refers to this AlignmentSet.",
        "It has no effect.",
        "Refer to it, or delete it.",
        accept_for=ADDRESS,
    ),
    Rule(
        "unused-image",
        "No document refers to this Image.",
        "It has no effect.",
        "Refer to it, or delete it.",
        accept_for=ADDRESS,
    ),
    Rule(
        "unusual-space",
        "A text begins with a space that YAML takes for a letter.",
        "It looks like an indentation and is not one.",
        "Replace it with a plain space.",
        ("odd-blank",),
        accept_for=FILE,
    ),
    Rule(
        "unverified-email",
        "A new issuer has an e-mail address that the account has not verified.",
        "Servers compare the address letter by letter with those of the account, and refuse an issuer with another "
        "one.",
        "Verify the address in the account's profile, or write one that is verified; `badgeops doctor` lists them.",
        in_validate=False,
    ),
    Rule(
        "unverified-issuer",
        "Badge classes are to be created or changed under an issuer that the server's operator has not verified.",
        "Some servers let only issuers publish that an operator has looked at, and refuse their badge classes.",
        "Ask the server's operator to verify the issuer.",
        in_validate=False,
    ),
    Rule(
        "yaml-1.1-value",
        "YAML reads this word as something other than text.",
        "In YAML 1.1, words such as `2024-01-01` or `0123` are dates and numbers.",
        "Put the word in quotes.",
        ("yaml-surprise",),
    ),
    Rule(
        "yaml-syntax",
        "A file is not valid YAML.",
        "badgeops cannot read it.",
        "Correct the place that the message names.",
    ),
)
"""Every rule, sorted by name."""

NAMED: Final = {rule.name: rule for rule in TABLE}
"""Every rule by its name of today."""
_FORMER: Final = {name: rule for rule in TABLE for name in rule.formerly}


def find(name: str) -> Rule | None:
    """Return the rule that has this name, or had it in an earlier version."""
    return NAMED.get(name) or _FORMER.get(name)
