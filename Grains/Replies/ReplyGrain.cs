using Orleans.GrainDirectory;
using Orleans.Placement;
using OrleansBroker.Grains.Hosting;
using OrleansBroker.Grains.Interfaces.Messages;
using OrleansBroker.Grains.Interfaces.Replies;

namespace OrleansBroker.Grains.Replies;

/// <summary>
/// A reply address, placed where its channel opens it, so that both end together with their silo. Not reentrant: replies keep their order.
/// </summary>
[PreferLocalPlacement, Immovable]
[GrainType("orleansbroker.reply"), GrainDirectory(BrokerDirectory.Name)]
internal sealed class ReplyGrain : Grain, IReplyGrain
{
    private IReplyReceiver? _receiver;
    private string? _virtualHost;

    public Task OpenAsync(string virtualHost, IReplyReceiver receiver)
    {
        (_virtualHost, _receiver) = (virtualHost, receiver);
        // It is what knows the receiver: without use it must stay until that closes it.
        DelayDeactivation(TimeSpan.MaxValue);
        return Task.CompletedTask;
    }

    public Task CloseAsync()
    {
        _receiver = null;
        DeactivateOnIdle();
        return Task.CompletedTask;
    }

    public Task<bool> IsOpenAsync(string virtualHost) => Task.FromResult(ReceiverIn(virtualHost) is not null);

    public async Task<bool> SendAsync(string virtualHost, MessageBatch replies)
    {
        if (ReceiverIn(virtualHost) is not { } receiver)
        {
            return false;
        }

        await receiver.ReceiveAsync(replies);
        return true;
    }

    private IReplyReceiver? ReceiverIn(string virtualHost)
    {
        if (_receiver is null)
        {
            // Made by being asked for: nobody opened it.
            DeactivateOnIdle();
        }

        return virtualHost == _virtualHost ? _receiver : null;
    }
}
