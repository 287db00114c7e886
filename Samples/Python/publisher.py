"""Publishes the lines that are typed."""

import sys

import connection

conn = connection.Connection('localhost')
conn.create_exchange(name='topic', type='DIRECT')
conn.create_queue(name='topic1', exchange_name='topic')
for msg in map(str.rstrip, sys.stdin):
    conn.publish(msg, name='topic1', exchange='topic')
conn.close()
