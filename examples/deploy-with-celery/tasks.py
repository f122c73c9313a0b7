"""The Celery app of a team. Hookline needs nothing of it but the name of the task."""

import os

from celery import Celery

app = Celery(
    "tasks",
    broker=os.environ.get("CELERY_BROKER", "redis://localhost:6379/0"),
    backend=os.environ.get("CELERY_RESULTS", "redis://localhost:6379/1"),
)
# A worker that dies gives its task back, so it may run twice.
app.conf.update(task_acks_late=True, task_reject_on_worker_lost=True)


@app.task(name="deploys.run")
def run(repository, branch, event):
    commits = len(event["payload"].get("commits", []))
    return f"deployed {branch} of {repository} with {commits} commits"
