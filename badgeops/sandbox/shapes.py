"""Rows as the JSON that clients see, in both dialects."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from badgeops.sandbox.options import BADGR_DOMAIN, ORIGIN
from badgeops.sandbox.tables import more_of_issuer, optional_of_badgeclass

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from badgeops.sandbox.entities import Entity, Role
    from badgeops.sandbox.users import User

TERMS_VERSION: Final = 1

_PLACES: Final = {"issuer": "issuers", "badgeclass": "badges", "assertion": "assertions"}


def open_badge_id(kind: str, entity_id: str) -> str:
    """Give the public identity of an object: its host is fixed, its path is served."""
    return f"{ORIGIN}/public/{_PLACES[kind]}/{entity_id}"


@dataclass(frozen=True, slots=True)
class View:
    """How to show things to one request."""

    base: str
    """Image addresses begin with the host that the request was sent to."""
    hosted: bool
    constant_images: bool
    """Issuers and badge classes show the address that redirects to the file, and not the file's own."""

    def issuer(
        self,
        entity: Entity,
        members: Sequence[tuple[str, Role]] | None,
        users: Mapping[str, User],
    ) -> dict[str, Any]:
        """Show an issuer; `members` is None where the client does not want its staff."""
        doc = entity.doc
        shown = {
            **self._head("Issuer", entity),
            "name": doc["name"],
            "image": self._image_of(entity),
            "email": doc["email"],
            "description": doc["description"],
            "url": doc["url"],
        }
        if members is not None:
            shown["staff"] = [self._member(users[user], role) for user, role in members if user in users]
        shown |= {"extensions": doc["extensions"], "badgrDomain": BADGR_DOMAIN}
        if self.hosted:
            shown |= {**self._origin(entity), "organizationId": None}
            shown |= {field.name: doc.get(field.name, field.blank) for field in more_of_issuer(hosted=True)}
        return shown

    def badgeclass(self, entity: Entity) -> dict[str, Any]:
        """Show a badge class."""
        doc = entity.doc
        shown = {
            **self._head("BadgeClass", entity),
            "issuer": doc["issuer"],
            "issuerOpenBadgeId": open_badge_id("issuer", doc["issuer"]),
            "name": doc["name"],
            "image": self._image_of(entity),
            "description": doc["description"],
        }
        for field in optional_of_badgeclass(hosted=self.hosted):
            if field.is_shown:
                shown[field.name] = doc.get(field.name, field.blank)
        shown["alignments"] = [self._alignment(alignment) for alignment in doc["alignments"]]
        if self.hosted:
            shown |= {
                **self._origin(entity),
                "archived": entity.inactive,
                "archivedDate": doc.get("archivedDate"),
                "archivalNote": doc.get("archivalNote"),
            }
        return shown

    def _alignment(self, alignment: dict[str, Any]) -> dict[str, Any]:
        """Show an alignment; displayAsSkill and what is not documented exist in the hosted dialect only."""
        shown = {name: value for name, value in alignment.items() if name not in {"displayAsSkill", "targetType"}}
        if self.hosted:
            shown["displayAsSkill"] = bool(alignment.get("displayAsSkill"))
            if alignment.get("targetType") is not None:
                shown["targetType"] = alignment["targetType"]
        return shown

    def assertion(self, entity: Entity) -> dict[str, Any]:
        """Show an award."""
        doc = entity.doc
        shown = {
            **self._head("Assertion", entity),
            "badgeclass": doc["badgeclass"],
            "badgeclassOpenBadgeId": open_badge_id("badgeclass", doc["badgeclass"]),
            "issuer": doc["issuer"],
            "issuerOpenBadgeId": open_badge_id("issuer", doc["issuer"]),
            "image": None if entity.inactive and not self.constant_images else self._image_of(entity),
            "recipient": doc["recipient"],
            "issuedOn": doc["issuedOn"],
            "narrative": doc["narrative"],
            "evidence": doc["evidence"],
            "revoked": entity.inactive,
            "revocationReason": doc["revocationReason"],
            "acceptance": "Unaccepted",
            "expires": doc["expires"],
            "extensions": {},
        }
        if self.hosted:
            shown |= {
                **self._origin(entity),
                "assertionRef": {"assertionUrl": shown["openBadgeId"]},
                "badgeRef": {"badgeUrl": shown["badgeclassOpenBadgeId"]},
                "issuerRef": {"issuerUrl": shown["issuerOpenBadgeId"]},
                "pending": False,
                "ob3AwardProperties": {},
            }
        return shown

    def _image_of(self, entity: Entity) -> str | None:
        path = entity.doc["image"]
        if path is not None and self.constant_images:
            path = f"/public/{_PLACES[entity.kind]}/{entity.entity_id}/image"
        return self.image(path)

    def _origin(self, entity: Entity) -> dict[str, Any]:
        """Where a hosted object came from, and its image without the host, if that address is a file's."""
        path = None if self.constant_images else entity.doc["image"]
        image_path = None if path is None else path.removeprefix("/media/")
        return {"source": "local", "sourceUrl": None, "originalJson": None, "imagePath": image_path}

    def image(self, path: str | None) -> str | None:
        """Give the absolute address of a served file."""
        return None if path is None else self.base + path

    def _head(self, entity_type: str, entity: Entity) -> dict[str, Any]:
        ids = {"id": entity.hex_id} if self.hosted else {}
        return {
            "entityType": entity_type,
            **ids,
            "entityId": entity.entity_id,
            "openBadgeId": open_badge_id(entity.kind, entity.entity_id),
            "createdAt": self.time(entity.created_at),
            "createdBy": entity.doc["createdBy"],
        }

    def time(self, stamp: str) -> str:
        """Show microseconds in the one dialect, milliseconds in the other."""
        return f"{stamp[:23]}Z" if self.hosted else stamp

    def user(self, user: User) -> dict[str, Any]:
        """Show an account to its owner."""
        ids = {"id": hashlib.sha256(user.entity_id.encode()).hexdigest()[:24]} if self.hosted else {}
        return {
            **ids,
            **self._profile(user),
            "agreedTermsVersion": TERMS_VERSION,
            "hasAgreedToLatestTermsVersion": True,
            "marketingOptIn": False,
            "badgrDomain": None,
            "hasPasswordSet": True,
            "recipient": {"type": "email", "identity": user.email},
        }

    def _profile(self, user: User) -> dict[str, Any]:
        return {
            "entityType": "BadgeUser",
            "entityId": user.entity_id,
            "firstName": user.first_name,
            "lastName": user.last_name,
            "emails": [
                {"email": address, "verified": verified, "primary": position == 0, "caseVariants": []}
                for position, (address, verified) in enumerate(user.emails)
            ],
            "url": [],
            "telephone": [],
        }

    def _member(self, user: User, role: Role) -> dict[str, Any]:
        profile = {**self._profile(user), "badgrDomain": None}
        return {"userProfile": profile, "user": user.entity_id, "role": role}
