using Microsoft.Extensions.DependencyInjection;
using Orleans.Streams;
using OrleansBroker.Grains.Interfaces.Errors;
using OrleansBroker.Grains.Interfaces.Messages;

namespace OrleansBroker.Grains.Streams;

/// <summary>Finds the provider and stream that a destination names and writes to it.</summary>
internal sealed class StreamDestinations(IServiceProvider services) : IStreamDestinations
{
    public Task PublishAsync(string name, IReadOnlyList<BrokerMessage> messages)
    {
        var stream = Find(name);
        return messages.Count == 1 ? stream.OnNextAsync(ItemOf(messages[0])) : WriteAsync(stream, messages);
    }

    private static async Task WriteAsync(IAsyncStream<StreamedMessage> stream, IReadOnlyList<BrokerMessage> messages)
    {
        // One by one: not every provider takes batches, and the order has to hold.
        foreach (var message in messages)
        {
            await stream.OnNextAsync(ItemOf(message));
        }
    }

    private IAsyncStream<StreamedMessage> Find(string name)
    {
        var parts = name.Split('/', 3);
        if (parts is not [{ Length: > 0 } provider, var space, { Length: > 0 } key])
        {
            throw new BrokerException(ReplyCode.NotFound, $"no stream '{name}': its name is provider/namespace/key");
        }

        var found = services.GetKeyedService<IStreamProvider>(provider)
            ?? throw new BrokerException(ReplyCode.NotFound, $"no stream provider '{provider}'");
        return found.GetStream<StreamedMessage>(StreamId.Create(space, key));
    }

    private static StreamedMessage ItemOf(BrokerMessage message)
    {
        // Streams may cache what they are given: the item owns its bytes and keeps no slab alive.
        var owned = message.Detach();
        return new StreamedMessage
        {
            Exchange = owned.Exchange,
            RoutingKey = owned.RoutingKey,
            Properties = owned.Properties,
            Body = owned.Body,
        };
    }
}
