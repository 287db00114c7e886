using System.Collections.Concurrent;
using System.Text;
using RabbitMQ.Client;

namespace OrleansBroker.Tests.Durability;

/// <summary>What one channel of RabbitMQ.Client publishes, and what it is told of it.</summary>
internal sealed class ConfirmedPublishes(int publisher, long last, History history) : IDisposable
{
    private const int Window = 64;

    private static readonly CreateChannelOptions Confirming = new(publisherConfirmationsEnabled: true, publisherConfirmationTrackingEnabled: false);
    private static readonly BasicProperties Persistent = new() { Persistent = true };

    private readonly ConcurrentDictionary<ulong, MessageName> _inFlight = new();
    private readonly SemaphoreSlim _room = new(Window);
    private ulong _published;

    /// <summary>Publishes until the end or the channel's.</summary>
    public async Task RunAsync(IConnection connection, string queue, Random random, CancellationToken ends)
    {
        await using var channel = await connection.CreateChannelAsync(Confirming, ends);
        using var closed = CancellationTokenSource.CreateLinkedTokenSource(ends);
        channel.BasicAcksAsync += (_, ack) => Settle(ack.DeliveryTag, ack.Multiple, PublishFate.Confirmed);
        channel.BasicNacksAsync += (_, nack) => Settle(nack.DeliveryTag, nack.Multiple, PublishFate.Unknown);
        channel.ChannelShutdownAsync += (_, _) => closed.CancelAsync();
        while (true)
        {
            await _room.WaitAsync(closed.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (closed.IsCancellationRequested)
            {
                return;
            }

            var message = new MessageName(publisher, last + (long)++_published);
            _inFlight[_published] = message;
            await channel.BasicPublishAsync("", queue, mandatory: false, Persistent, Encoding.UTF8.GetBytes(message.ToString()), ends);
            if (random.Next(16) == 0)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(random.Next(1, 8)), TimeProvider.System, ends);
            }
        }
    }

    /// <summary>The channel is gone: what is in flight stays unknown. Returns the number of the last message.</summary>
    public long GiveUp()
    {
        Settle(_published, multiple: true, PublishFate.Unknown);
        return last + (long)_published;
    }

    public void Dispose() => _room.Dispose();

    private Task Settle(ulong tag, bool multiple, PublishFate fate)
    {
        foreach (var settled in multiple ? _inFlight.Keys.Where(key => key <= tag) : [tag])
        {
            if (_inFlight.TryRemove(settled, out var message))
            {
                history.Publish(message, fate);
                _room.Release();
            }
        }

        return Task.CompletedTask;
    }
}
