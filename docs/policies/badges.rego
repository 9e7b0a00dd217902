# Rules that a programme may want, for conftest:
#
#     badgeops plan --format tfplan-json > tfplan.json
#     conftest test --policy docs/policies tfplan.json
#
# `deny` fails the test; conftest shows `warn` and goes on.

package main

import rego.v1

badge_class := "badgeops_badge_class"

# A pull request alone deletes nothing.
deny contains message if {
	some resource in input.resource_changes
	"delete" in resource.change.actions
	message := sprintf("%s would be deleted", [resource.address])
}

# If a hundred people or more have earned a badge class, it keeps its meaning.
deny contains message if {
	some resource in input.resource_changes
	resource.type == badge_class
	resource.badgeops.impact == "meaning"
	held_by_many(resource.badgeops.holders)
	message := sprintf("%s: what it means would change for %v people", [resource.address, resource.badgeops.holders.count])
}

# Every badge class has tags that help people find it, even if this plan does not change it.
deny contains message if {
	some resource in input.resource_changes
	resource.type == badge_class
	resource.change.after != null
	not left_to_the_server(resource, "tags")
	count(object.get(resource.change.after, "tags", [])) == 0
	message := sprintf("%s has no tags", [resource.address])
}

# What the catalog does not say, and the plan does not know, is no value: the server may have some.
deny contains message if {
	some resource in input.resource_changes
	resource.type == badge_class
	left_to_the_server(resource, "tags")
	message := sprintf("%s leaves its tags to the server", [resource.address])
}

# Somebody has edited it on the server: find out why before apply restores our value.
warn contains message if {
	some drift in input.resource_drift
	message := sprintf("%s was edited on the server", [drift.address])
}

warn contains message if {
	some resource in input.resource_changes
	resource.badgeops.action == "archive"
	message := sprintf("%s would be archived", [resource.address])
}

held_by_many(holders) if holders.count >= 100

held_by_many(holders) if holders.more

left_to_the_server(resource, field) if resource.change.after_unknown[field]
