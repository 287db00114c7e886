-- Orleans' membership (Microsoft.Orleans.Clustering.AdoNet). Orleans reads its statements from OrleansQuery; their names, parameters
-- and columns are its contract, what they do is ours to write.

create table membership_version (
    deploymentid varchar(150) primary key,
    timestamp timestamptz not null default now(),
    version integer not null default 0
);

create table membership (
    deploymentid varchar(150) not null references membership_version (deploymentid),
    address varchar(45) not null,
    port integer not null,
    generation integer not null,
    siloname varchar(150) not null,
    hostname varchar(150) not null,
    status integer not null,
    proxyport integer,
    suspecttimes varchar(8000),
    starttime timestamptz not null,
    iamalivetime timestamptz not null,
    primary key (deploymentid, address, port, generation)
);

create table orleansquery (
    querykey varchar(64) primary key,
    querytext varchar(8000) not null
);

insert into orleansquery (querykey, querytext) values
('InsertMembershipVersionKey', '
    with inserted as (
        insert into membership_version (deploymentid) values (@DeploymentId) on conflict do nothing returning 1)
    select count(*)::integer from inserted'),
-- A change of the table and the next version of it are one statement: where the version is not the expected one, nothing changes.
('InsertMembershipKey', '
    with versioned as (
        update membership_version set version = version + 1, timestamp = now()
        where deploymentid = @DeploymentId and version = @Version and not exists (
            select from membership
            where deploymentid = @DeploymentId and address = @Address and port = @Port and generation = @Generation)
        returning 1),
    inserted as (
        insert into membership (
            deploymentid, address, port, generation, siloname, hostname, status, proxyport, starttime, iamalivetime)
        select @DeploymentId, @Address, @Port, @Generation, @SiloName, @HostName, @Status, @ProxyPort, @StartTime, @IAmAliveTime
        from versioned
        returning 1)
    select count(*)::integer from inserted'),
('UpdateMembershipKey', '
    with versioned as (
        update membership_version set version = version + 1, timestamp = now()
        where deploymentid = @DeploymentId and version = @Version and exists (
            select from membership
            where deploymentid = @DeploymentId and address = @Address and port = @Port and generation = @Generation)
        returning 1),
    updated as (
        update membership set status = @Status, suspecttimes = @SuspectTimes, iamalivetime = @IAmAliveTime
        from versioned
        where deploymentid = @DeploymentId and address = @Address and port = @Port and generation = @Generation
        returning 1)
    select count(*)::integer from updated'),
('UpdateIAmAlivetimeKey', '
    update membership set iamalivetime = @IAmAliveTime
    where deploymentid = @DeploymentId and address = @Address and port = @Port and generation = @Generation'),
-- The version comes also where there is no row.
('MembershipReadRowKey', '
    select v.deploymentid, m.address, m.port, m.generation, m.siloname, m.hostname, m.status, m.proxyport, m.suspecttimes,
        m.starttime, m.iamalivetime, v.version
    from membership_version v left join membership m
        on m.deploymentid = v.deploymentid and m.address = @Address and m.port = @Port and m.generation = @Generation
    where v.deploymentid = @DeploymentId'),
('MembershipReadAllKey', '
    select v.deploymentid, m.address, m.port, m.generation, m.siloname, m.hostname, m.status, m.proxyport, m.suspecttimes,
        m.starttime, m.iamalivetime, v.version
    from membership_version v left join membership m on m.deploymentid = v.deploymentid
    where v.deploymentid = @DeploymentId'),
('DeleteMembershipTableEntriesKey', '
    with members as (delete from membership where deploymentid = @DeploymentId)
    delete from membership_version where deploymentid = @DeploymentId'),
('GatewaysQueryKey', '
    select address, proxyport, generation from membership
    where deploymentid = @DeploymentId and status = @Status and proxyport > 0'),
-- 3 is an active silo.
('CleanupDefunctSiloEntriesKey', '
    delete from membership where deploymentid = @DeploymentId and iamalivetime < @IAmAliveTime and status <> 3');
