"""Every error of `/_sim`: its status, when it comes, and what to do about it."""

from __future__ import annotations

from typing import NamedTuple


class Problem(NamedTuple):
    """An error by its code. `remedy` is what the answer says, unless the place where it was raised knows better."""

    status: int
    when: str
    remedy: str


PROBLEMS: dict[str, Problem] = {
    "body": Problem(400, "The body is no JSON, has another shape, or an unknown member.",
                    "Correct the member that the message names; /_sim/docs shows the shape."),
    "parameter": Problem(400, "A parameter of the query is unknown, given twice, or has a value that cannot be.",
                         "Correct the parameter that the message names; /_sim/docs lists them."),
    "clock-back": Problem(400, "The clock would go back.", "Give 0 or more seconds, or start another cloud."),
    "clock-far": Problem(400, "The clock would pass the end of lab time.", "Give fewer seconds."),
    "alert-rule": Problem(400, "The webhook is no address.", "Give 'cloud', or an http or https address."),
    "fault": Problem(400, "A member of the fault cannot be.", "Give the member a value that the message names."),
    "no-fault": Problem(404, "There is no fault of this number.", "GET /_sim/faults lists those in force."),
    "release-unknown": Problem(400, "The repository has no such release.", "Name a release that the message lists."),
    "repository-fault": Problem(400, "A member of the repository's fault cannot be; nothing has changed.",
                                "Give the member a value that the message names."),
    "no-repository": Problem(400, "This cloud serves no packages.",
                             "Start it with --repository and --signing-keys."),
    "repository-tool-failed": Problem(500, "A program that the repository needs has failed.",
                                      "Read the program's output in the message."),
    "update-server": Problem(400, "A release is decided on twice.", "Name each release once."),
    "not_found": Problem(404, "The device code does not wait, or there is no such person.",
                         "Ask for a new code; the case names the people who may sign in."),
    "no-lock": Problem(404, "There is no lock on this scope.", "Give the scope as it was locked."),
    "no-principal": Problem(404, "The case has no principal of this name.",
                            "Use a name of the case; case.json in the folder of certificates lists those of the demo."),
    "principal": Problem(400, "The principal has something that cannot be; nothing was changed.",
                         "Correct what the message names; GET /_sim/principals gives them as they can be put."),
    "region": Problem(400, "There is no such region, or the code is none of a host.",
                      "Give a region that the message lists, and a code such as 'eus2'."),
    "health-event": Problem(400, "The event has something that cannot be; nothing was changed.",
                            "Correct what the message names."),
    "throttling": Problem(400, "A bucket would hold nothing, or nothing would come again.",
                          "Give a size and a rate that are more than 0."),
    "snapshot": Problem(400, "The snapshot cannot be used; nothing has changed.",
                        "Send what GET /_sim/snapshot has given, whole and from the same version."),
    "no-seed": Problem(400, "The state does not say what it began with.", "Begin a new state file with a seed."),
    "journal-differs": Problem(409, "The journal is not as expected.",
                               "Compare the events that the message names with GET /_sim/journal."),
    "cross-site": Problem(403, "A page of another site has sent the request.",
                          "Send it from a page of this cloud, or from a program."),
    "form": Problem(403, "The form is not one of this cloud, or it is from before its restart.",
                    "Load the page again and send its form."),
    "NotFound": Problem(404, "There is nothing at this address.", "GET /_sim/docs lists the addresses."),
    "RequestEntityTooLarge": Problem(413, "The body is larger than 1 GiB.", "Send less."),
    "InternalServerError": Problem(500, "The simulator has made a mistake.", "Read its log, and report the mistake."),
}  # fmt: skip
