using System.Net;
using System.Threading.Channels;
using OrleansBroker.Amqp;
using OrleansBroker.Amqp.Frames;
using OrleansBroker.Amqp.Methods;
using OrleansBroker.Amqp.Tables;
using OrleansBroker.Tests.Gateway.Wire;

namespace OrleansBroker.Tests.Differential;

/// <summary>One connection to one of the brokers, with its channels, and what came on each.</summary>
internal sealed class BrokerPeer : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);
    private static readonly FieldTable ToldOfCancels = new([new("capabilities", new FieldTable([new("consumer_cancel_notify", true)]))]);

    private readonly WireClient _client;
    private readonly string _prefix;
    private readonly Dictionary<ushort, Transcript> _transcripts;
    private readonly Channel<WireFrame> _turns = Channel.CreateUnbounded<WireFrame>();
    private readonly Task _reading;
    private int _frames;

    private BrokerPeer(WireClient client, string prefix, ushort[] channels)
    {
        _client = client;
        _prefix = prefix;
        _transcripts = channels.ToDictionary(channel => channel, _ => new Transcript(prefix));
        _reading = Task.Run(ReadAsync);
    }

    /// <summary>Whether the broker closed it.</summary>
    public bool IsClosed { get; private set; }

    /// <summary>How many frames came.</summary>
    public int Frames => Volatile.Read(ref _frames);

    public static async Task<BrokerPeer> OpenAsync(EndPoint broker, string prefix, params ushort[] channels)
    {
        var client = await WireClient.ConnectAsync(broker);
        await client.OpenAsync(properties: ToldOfCancels);
        foreach (var channel in channels)
        {
            await client.OpenChannelAsync(channel);
        }

        return new BrokerPeer(client, prefix, channels);
    }

    public Transcript On(ushort channel) => _transcripts[channel];

    /// <summary>Sends a step and waits until the broker is through with it; a channel that is closed is opened again.</summary>
    public async Task DoAsync(ushort channel, Step step)
    {
        // channel.flow is answered after all that came before, and changes nothing.
        byte[] barrier = step.ClosesChannel ? [] : WireClient.Frames(output => FrameWriter.WriteMethod(output, channel, new ChannelFlow(true)));
        await _client.SendAsync((byte[])[.. Octets(step, channel), .. step.StandsAlone ? [] : barrier]);
        var turn = await TurnAsync(channel);
        if (turn == MethodId.TxCommitOk)
        {
            await _client.SendAsync(barrier);
            turn = await TurnAsync(channel);
        }

        if (turn is MethodId.ChannelClose or MethodId.ChannelCloseOk)
        {
            if (turn == MethodId.ChannelClose)
            {
                await _client.SendAsync(channel, MethodId.ChannelCloseOk);
            }

            On(channel).Reopened();
            await _client.SendAsync(channel, new ChannelOpen());
            await TurnAsync(channel);
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (!IsClosed)
        {
            await _client.SendAsync(0, new ConnectionClose(200, "", MethodId.None));
            await _reading.WaitAsync(Patience);
        }

        await _client.DisposeAsync();
        await _reading;
    }

    private byte[] Octets(Step step, ushort channel)
    {
        if (step.ReturnsAll)
        {
            On(channel).ForgetHeld();
        }

        return step.Held is not { } held ? step.Frames(_prefix, channel)
            : On(channel).TakeHeld(held.Nth, held.Multiple) is > 0 and var tag ? held.Frames(tag, channel)
            : [];
    }

    private async Task<MethodId> TurnAsync(ushort channel)
    {
        using var timeout = new CancellationTokenSource(Patience, TimeProvider.System);
        try
        {
            var turn = await _turns.Reader.ReadAsync(timeout.Token);
            if (turn.Method == MethodId.ConnectionClose)
            {
                IsClosed = true;
                On(channel).Add(turn, "");
                await _client.SendAsync(0, MethodId.ConnectionCloseOk);
            }

            return turn.Method;
        }
        catch (Exception failure) when (failure is OperationCanceledException or ChannelClosedException)
        {
            IsClosed = true;
            On(channel).Add(failure is ChannelClosedException ? "the socket was closed" : "no answer came");
            return MethodId.None;
        }
    }

    private async Task ReadAsync()
    {
        try
        {
            while (await _client.ReadAsync() is { } frame && frame.Method != MethodId.ConnectionCloseOk)
            {
                var content = "";
                if (frame.Method.HasContent())
                {
                    var (properties, body) = await _client.ReadContentAsync();
                    content = " " + Replies.Of(properties, body);
                }

                if (frame.Channel > 0 && frame.Method is not (MethodId.ChannelFlowOk or MethodId.ChannelOpenOk))
                {
                    On(frame.Channel).Add(frame, content);
                }

                if (frame.Method is MethodId.ChannelFlowOk or MethodId.ChannelOpenOk or MethodId.ChannelClose or MethodId.ChannelCloseOk
                    or MethodId.ConnectionClose or MethodId.TxCommitOk)
                {
                    _turns.Writer.TryWrite(frame);
                }

                Interlocked.Increment(ref _frames);
            }
        }
        catch (Exception failure) when (failure is System.Net.Sockets.SocketException or ObjectDisposedException or OperationCanceledException)
        {
            IsClosed = true;
        }
        finally
        {
            _turns.Writer.TryComplete();
        }
    }
}
