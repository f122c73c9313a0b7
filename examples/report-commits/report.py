"""Counts the commits of a push by author. What a function returns is the result of its task."""

from collections import Counter


def count_by_author(event):
    authors = Counter(commit["author"]["name"] for commit in event["payload"]["commits"])
    for name, count in authors.most_common():
        print(f"{name}: {count}")
    return {"branch": event["facts"]["branch"], "authors": dict(authors)}
