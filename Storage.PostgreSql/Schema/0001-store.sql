-- Queues, messages, definitions, and the two functions that write them. Everything is created in the schema that comes first in the
-- search path; the migration creates it.

-- Each connection that writes has a row: its session tells the connection that may write now from the one before it, and its number
-- which commit was the last. Whoever lost a connection begins a new session and reads there what became of its commit.
create table writer (
    id bigint generated always as identity primary key,
    session bigint not null default 0,
    number bigint not null default 0,
    results bigint[] not null default '{}',
    seen timestamptz not null default now()
) with (fillfactor = 20);

-- A row a queue, its name is its incarnation. A deleted one stays, so that an owner that has not heard of it is refused.
-- purged: no messages of a deleted queue are left. released: the last owner let go with everything written. token and was_released:
-- the last acquisition, so that one whose answer got lost can be asked for again.
create table queue (
    incarnation bigint primary key,
    epoch bigint not null,
    deleted boolean not null default false,
    purged boolean not null default true,
    released boolean not null default false,
    was_released boolean not null default true,
    token uuid,
    state bytea
) with (fillfactor = 50);
create index queue_unpurged on queue (incarnation) where not purged;

-- A row a message. Up to 8 KiB it stands in the row itself; bodies are rarely worth compressing twice.
-- delivery_count: null until the message returns.
create table message (
    incarnation bigint not null,
    sequence bigint not null,
    expires_at bigint,
    delivery_count integer,
    priority smallint not null,
    transient boolean not null,
    data bytea not null,
    primary key (incarnation, priority, sequence)
) with (toast_tuple_target = 8160);
alter table message alter column data set storage external;
create index message_expiring on message (incarnation, expires_at, priority, sequence) where expires_at is not null;
create index message_transient on message (incarnation) where transient;

-- Definitions by their keys in UTF-8, whose order by octets is the order of scans.
create table topology (
    key bytea primary key,
    version bigint not null,
    value bytea not null
);

create table number_sequence (
    name bytea primary key,
    next bigint not null
) with (fillfactor = 50);

-- Writes of many queues, at most one of each, in one statement: so the server holds locks only while it works, never while it waits
-- for a client. Epochs are compared under the rows' locks. Returns how many messages were removed, and the queues that were refused.
create function commit_queues(
    in_writer bigint, in_session bigint, in_number bigint,
    w_queue bigint[], w_epoch bigint[], w_state bytea[], w_released boolean[],
    a_queue bigint[], a_priority smallint[], a_sequence bigint[], a_transient boolean[], a_expires bigint[], a_data bytea[],
    m_queue bigint[], m_priority smallint[], m_sequence bigint[], m_count integer[],
    r_queue bigint[], r_priority smallint[], r_first bigint[], r_last bigint[])
    returns bigint[]
    language plpgsql
    -- Arrays tell the planner nothing of their length: what is looked up here is few beside the table, always by its key.
    set enable_seqscan = off set enable_hashjoin = off set enable_mergejoin = off
as $$
declare
    accepted bigint[];
    refused bigint[];
    answer bigint[];
    removed bigint := 0;
begin
    -- In the order of the keys, so that no two writers wait for each other.
    accepted := array(
        select q.incarnation
        from queue q join unnest(w_queue, w_epoch) as w(incarnation, epoch) on q.incarnation = w.incarnation
        where q.epoch = w.epoch and not q.deleted
        order by q.incarnation
        for no key update of q);
    refused := array(select unnest(w_queue) except select unnest(accepted));

    if cardinality(a_queue) > 0 then
        begin
            insert into message (incarnation, priority, sequence, transient, expires_at, data)
            select a.queue, a.priority, a.sequence, a.transient, a.expires, a.data
            from unnest(a_queue, a_priority, a_sequence, a_transient, a_expires, a_data)
                as a(queue, priority, sequence, transient, expires, data)
            where cardinality(refused) = 0 or a.queue = any(accepted);
        exception when unique_violation then
            -- A message came back to its place, which is rare: only then the dearer form.
            insert into message (incarnation, priority, sequence, transient, expires_at, data)
            select a.queue, a.priority, a.sequence, a.transient, a.expires, a.data
            from unnest(a_queue, a_priority, a_sequence, a_transient, a_expires, a_data)
                as a(queue, priority, sequence, transient, expires, data)
            where cardinality(refused) = 0 or a.queue = any(accepted)
            on conflict (incarnation, priority, sequence) do update
            set transient = excluded.transient, expires_at = excluded.expires_at, data = excluded.data, delivery_count = null;
        end;
    end if;

    if cardinality(m_queue) > 0 then
        update message set delivery_count = m.count
        from unnest(m_queue, m_priority, m_sequence, m_count) as m(queue, priority, sequence, count)
        where message.incarnation = m.queue and message.priority = m.priority and message.sequence = m.sequence
            and (cardinality(refused) = 0 or m.queue = any(accepted));
    end if;

    if cardinality(r_queue) > 0 then
        delete from message using unnest(r_queue, r_priority, r_first, r_last) as r(queue, priority, first, last)
        where message.incarnation = r.queue and message.priority = r.priority and message.sequence between r.first and r.last
            and (cardinality(refused) = 0 or r.queue = any(accepted));
        get diagnostics removed = row_count;
    end if;

    update queue set state = w.state, released = w.released
    from unnest(w_queue, w_state, w_released) as w(incarnation, state, released)
    where queue.incarnation = w.incarnation and (cardinality(refused) = 0 or w.incarnation = any(accepted));

    answer := removed || refused;
    update writer set number = in_number, results = answer where id = in_writer and session = in_session;
    if not found then
        raise exception 'another session of this writer has begun' using errcode = 'OB001';
    end if;
    return answer;
end $$;

-- Takes a queue over. The same token again gets the same answer.
create function acquire_queue(in_queue bigint, in_token uuid, out epoch bigint, out state bytea, out released boolean, out deleted boolean)
    language plpgsql
    set enable_seqscan = off
as $$
begin
    insert into queue as q (incarnation, epoch, token) values (in_queue, 1, in_token)
    on conflict (incarnation) do update set
        epoch = case when q.token = in_token then q.epoch else q.epoch + 1 end,
        was_released = case when q.token = in_token then q.was_released else q.released end,
        -- An owner that dies before its first commit must not leave the mark of the one that let go cleanly.
        released = false,
        token = in_token
    returning q.epoch, q.state, q.was_released, q.deleted into acquire_queue.epoch, acquire_queue.state, acquire_queue.released, acquire_queue.deleted;

    if not released then
        delete from message where message.incarnation = in_queue and message.transient;
    end if;
end $$;

-- Commits of definitions, each by itself all or nothing, and numbers of sequences. Whoever writes a key, or only expects something of
-- it, holds the lock of its bucket: so an expectation that a row does not exist holds as well. Returns 1 or 0 a commit, and the first
-- number of each sequence.
create function commit_topology(
    in_writer bigint, in_session bigint, in_number bigint, in_space integer,
    c_first integer[], c_last integer[],
    t_key bytea[], t_value bytea[], t_expected bigint[], t_write boolean[],
    s_name bytea[], s_count bigint[])
    returns bigint[]
    language plpgsql
    set enable_seqscan = off set enable_hashjoin = off set enable_mergejoin = off
as $$
declare
    answer bigint[] := '{}';
    first integer;
    last integer;
    number bigint;
begin
    -- 256 buckets: silos rarely meet in one, and the server has room for as many locks. In their order, as others take them.
    perform pg_advisory_xact_lock(in_space, b.bucket)
    from (select distinct hashtext(encode(key, 'hex')) & 255 as bucket from unnest(t_key) as key order by bucket) as b;

    for i in 1 .. cardinality(c_first) loop
        first := c_first[i];
        last := c_last[i];
        perform from unnest(t_key[first:last], t_expected[first:last]) as c(key, expected)
            left join topology on topology.key = c.key
            where c.expected is not null and coalesce(topology.version, 0) <> c.expected
            limit 1;
        if found then
            answer := answer || 0::bigint;
            continue;
        end if;

        delete from topology using unnest(t_key[first:last], t_value[first:last], t_write[first:last]) as c(key, value, write)
        where topology.key = c.key and c.write and c.value is null;
        insert into topology as t (key, version, value)
        select c.key, 1, c.value
        from unnest(t_key[first:last], t_value[first:last], t_write[first:last]) as c(key, value, write)
        where c.write and c.value is not null
        on conflict (key) do update set version = t.version + 1, value = excluded.value;
        answer := answer || 1::bigint;
    end loop;

    for i in 1 .. cardinality(s_name) loop
        insert into number_sequence as s (name, next) values (s_name[i], 1 + s_count[i])
        on conflict (name) do update set next = s.next + s_count[i]
        returning s.next - s_count[i] into number;
        answer := answer || number;
    end loop;

    update writer set number = in_number, results = answer where id = in_writer and session = in_session;
    if not found then
        raise exception 'another session of this writer has begun' using errcode = 'OB001';
    end if;
    return answer;
end $$;
