using System.Buffers;
using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Orleans.Configuration;
using Orleans.Networking.Shared;
using OrleansBroker.Grains.Connections;

namespace OrleansBroker.Tests.Connections;

public sealed class SiloSocketsTests : IAsyncLifetime
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);
    private readonly IOptions<SocketConnectionOptions> _options = Options.Create(new SocketConnectionOptions());
    private IConnectionListener _listener = null!;
    private ConnectionContext _one = null!;
    private ConnectionContext _other = null!;

    public async Task InitializeAsync()
    {
        _listener = await new SocketListenerFactory(_options, TimeProvider.System).BindAsync(new IPEndPoint(IPAddress.Loopback, 0));
        var accepted = _listener.AcceptAsync();
        _one = await Connector().ConnectAsync(_listener.EndPoint);
        _other = (await accepted)!;
    }

    public async Task DisposeAsync()
    {
        await _one.DisposeAsync();
        await _other.DisposeAsync();
        await _listener.DisposeAsync();
    }

    [Fact]
    public async Task What_is_written_on_one_side_is_read_on_the_other_both_ways_at_once()
    {
        var there = Octets(3_000_000, seed: 1);
        var back = Octets(2_000_000, seed: 2);

        var reads = await Task.WhenAll(ReadAsync(_other, there.Length), ReadAsync(_one, back.Length), WriteAsync(_one, there), WriteAsync(_other, back)).WaitAsync(Patience);

        Assert.Equal(there, reads[0]);
        Assert.Equal(back, reads[1]);
    }

    [Fact]
    public async Task An_aborted_connection_is_closed_on_both_sides()
    {
        var closed = new TaskCompletionSource();
        _one.ConnectionClosed.Register(closed.SetResult);
        var reading = ReadToEndAsync(_other);

        _one.Abort(new ConnectionAbortedException());

        await closed.Task.WaitAsync(Patience);
        await reading.WaitAsync(Patience);
        await ReadToEndAsync(_one).WaitAsync(Patience);
    }

    [Fact]
    public async Task A_read_that_waits_can_be_cancelled()
    {
        var read = _one.Transport.Input.ReadAsync();
        _one.Transport.Input.CancelPendingRead();

        Assert.True((await read.AsTask().WaitAsync(Patience)).IsCanceled);
    }

    [Fact]
    public async Task A_connection_whose_peer_takes_nothing_can_be_closed()
    {
        var output = _one.Transport.Output;
        output.Write(Octets(64 << 20, seed: 3));
        var flush = output.FlushAsync().AsTask();
        Assert.False(flush.IsCompleted);

        output.CancelPendingFlush();
        Assert.True((await flush.WaitAsync(Patience)).IsCanceled);

        await Task.Run(() => output.Complete()).WaitAsync(Patience);
        await _one.DisposeAsync().AsTask().WaitAsync(Patience);
        Assert.True(_one.ConnectionClosed.WaitHandle.WaitOne(Patience));
    }

    [Fact]
    public async Task A_connection_that_is_complete_can_still_be_cancelled()
    {
        await Task.WhenAll(WriteAsync(_one, Octets(1000, seed: 4)), WriteAsync(_other, Octets(1000, seed: 5)), ReadAsync(_one, 1000));
        _one.Transport.Output.Complete();
        _one.Transport.Input.Complete();

        // As Orleans does when it closes a connection that has ended by itself.
        _one.Transport.Input.CancelPendingRead();
        _one.Transport.Output.CancelPendingFlush();
    }

    [Fact]
    public async Task A_listener_that_was_closed_takes_no_more()
    {
        var accepting = _listener.AcceptAsync();
        await _listener.UnbindAsync();

        Assert.Null(await accepting.AsTask().WaitAsync(Patience));
        await Assert.ThrowsAsync<SocketConnectionException>(async () => await Connector().ConnectAsync(_listener.EndPoint));
    }

    [Fact]
    public async Task A_port_that_is_taken_is_said_to_be()
    {
        await Assert.ThrowsAsync<AddressInUseException>(
            async () => await new SocketListenerFactory(_options, TimeProvider.System).BindAsync(_listener.EndPoint));
    }

    [Fact]
    public void A_transport_that_the_application_chose_stays()
    {
        var services = new ServiceCollection();
        var key = new object();
        services.AddKeyedSingleton<IConnectionFactory>(key, (_, _) => Connector());
        var chosen = services[0];

        services.AddSiloSockets();

        Assert.Same(chosen, Assert.Single(services, service => service.ServiceType == typeof(IConnectionFactory)));
    }

    // A connector connects to silos only; of a development cluster's primary silo it needs no table to know that it is one.
    private SocketConnector Connector() => new(
        _options,
        new SiloEndpoints(
            new ServiceCollection().BuildServiceProvider(),
            Options.Create(new DevelopmentClusterMembershipOptions { PrimarySiloEndpoint = (IPEndPoint)_listener.EndPoint })));

    private static byte[] Octets(int count, int seed)
    {
        var octets = new byte[count];
        new Random(seed).NextBytes(octets);
        return octets;
    }

    private static async Task<byte[]> WriteAsync(ConnectionContext connection, byte[] octets)
    {
        await connection.Transport.Output.WriteAsync(octets);
        return octets;
    }

    private static async Task<byte[]> ReadAsync(ConnectionContext connection, int count)
    {
        var read = await connection.Transport.Input.ReadAtLeastAsync(count);
        var octets = read.Buffer.ToArray();
        connection.Transport.Input.AdvanceTo(read.Buffer.End);
        return octets;
    }

    private static async Task ReadToEndAsync(ConnectionContext connection)
    {
        try
        {
            while (await connection.Transport.Input.ReadAsync() is { IsCompleted: false } read)
            {
                connection.Transport.Input.AdvanceTo(read.Buffer.End);
            }
        }
        catch (Exception exception) when (exception is IOException or ObjectDisposedException or SocketException)
        {
            // As well an end.
        }
    }
}
