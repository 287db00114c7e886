using OrleansBroker.CommandLine.Amqp;
using RabbitMQ.Client;

namespace OrleansBroker.CommandLine.Performance;

/// <summary>One publisher on a connection of its own.</summary>
internal sealed class PublishingWorker(AmqpLink link, LoadOptions load, Counters counters, TimeProvider time)
{
    // Publishers that keep a rate wake so often and send what has become due.
    private static readonly TimeSpan Beat = TimeSpan.FromMilliseconds(1);

    private readonly BasicProperties _properties = new()
    {
        DeliveryMode = load.Persistent ? DeliveryModes.Persistent : DeliveryModes.Transient,
    };

    private readonly long _started = time.GetTimestamp();

    public Task RunAsync(CancellationToken stop) => load.Confirms > 0 ? RunConfirmedAsync(stop) : RunUnconfirmedAsync(stop);

    private async Task RunUnconfirmedAsync(CancellationToken stop)
    {
        await using var channel = await link.ChannelAsync(CancellationToken.None);

        // The client has copied it when the call returns.
        var body = new byte[load.Size];
        for (var sent = 0L; await IsDueAsync(sent, stop); sent++)
        {
            counters.Stamp(body);
            await channel.BasicPublishAsync(load.Exchange, load.Key, mandatory: false, _properties, body, CancellationToken.None);
            counters.Published();
        }

        await channel.CloseAsync(CancellationToken.None);
    }

    private async Task RunConfirmedAsync(CancellationToken stop)
    {
        await using var publisher = await link.PublisherAsync(CancellationToken.None);
        using var window = new SemaphoreSlim(load.Confirms);
        for (var sent = 0L; await IsDueAsync(sent, stop); sent++)
        {
            await window.WaitAsync(CancellationToken.None);
            var body = new byte[load.Size];
            counters.Stamp(body);
            var since = time.GetTimestamp();
            var outcome = await publisher.PublishAsync(load.Exchange, load.Key, mandatory: false, _properties, body);
            counters.Published();
            _ = CountAsync(outcome, since, window);
        }

        for (var i = 0; i < load.Confirms; i++)
        {
            await window.WaitAsync(CancellationToken.None);
        }

        await publisher.CloseAsync();
    }

    private async ValueTask<bool> IsDueAsync(long sent, CancellationToken stop)
    {
        while (load.Rate > 0 && !stop.IsCancellationRequested && sent >= time.GetElapsedTime(_started).TotalSeconds * load.Rate)
        {
            await Task.Delay(Beat, time, CancellationToken.None);
        }

        return !stop.IsCancellationRequested;
    }

    private async Task CountAsync(Task<PublishOutcome> outcome, long since, SemaphoreSlim window)
    {
        // A channel that closes fails the next publish, which ends the run with the reason.
        await ((Task)outcome).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (outcome.IsCompletedSuccessfully && outcome.Result == PublishOutcome.Confirmed)
        {
            counters.Confirmed(since);
        }
        else
        {
            counters.Refused();
        }

        window.Release();
    }
}
