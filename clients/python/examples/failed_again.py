"""Tells which tasks have failed and why, and what would be submitted once more: python failed_again.py [URL]"""

import sys

import ovate

with ovate.Client(*sys.argv[1:]) as overlord:
    for task in overlord.tasks(state="FAILED"):
        print(task.created, task.id, task.error)
    meant = overlord.retry(state="FAILED", dry_run=True)
    print(meant.matched, "tasks would be submitted once more")
