using OrleansBroker.FaultLab.Load.Topology;
using RabbitMQ.Client;

namespace OrleansBroker.FaultLab.Load.Consuming;

/// <summary>Settles on an AMQP channel.</summary>
internal sealed class AmqpAnswers(IChannel channel, LabQueue queue, Random random) : IAnswers
{
    /// <inheritdoc/>
    public async Task AckAsync(IReadOnlyList<ulong> tags)
    {
        if (random.Next(3) > 0)
        {
            await channel.BasicAckAsync(tags[^1], multiple: tags.Count > 1);
            return;
        }

        foreach (var tag in tags)
        {
            await channel.BasicAckAsync(tag, multiple: false);
        }
    }

    /// <inheritdoc/>
    public async Task ReturnAsync(ulong tag, bool reject)
    {
        if (reject)
        {
            await channel.BasicRejectAsync(tag, requeue: true);
        }
        else
        {
            await channel.BasicNackAsync(tag, multiple: false, requeue: true);
        }
    }

    /// <inheritdoc/>
    public async Task<bool> SyncAsync()
    {
        await channel.QueueDeclarePassiveAsync(queue.Name);
        return true;
    }
}
