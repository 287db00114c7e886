"""Prints the messages of the queue that is named, or of the default queue."""

import sys

import connection


def print_message(message):
    print(message, flush=True)


conn = connection.Connection('localhost')
try:
    conn.subscribe(callback=print_message, name=sys.argv[1] if len(sys.argv) > 1 else None)
except KeyboardInterrupt:
    conn.close()
