using System.Buffers.Text;
using System.Security.Cryptography;
using OrleansBroker.Grains.Interfaces.Messages;
using OrleansBroker.Grains.Interfaces.Replies;

namespace OrleansBroker.Grains.Replies;

/// <summary>Reply addresses: see <see cref="IReplies"/>.</summary>
internal sealed class Replies(IGrainFactory grains) : IReplies
{
    private const int AddressOctets = 16;

    public async Task<string> OpenAsync(string virtualHost, IReplyReceiver receiver)
    {
        // An address is all that it takes to send there, so nobody must guess it.
        var address = ReplyAddress.Prefix + Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(AddressOctets));
        await GrainOf(address).OpenAsync(virtualHost, receiver);
        return address;
    }

    public Task CloseAsync(string address) => GrainOf(address).CloseAsync();

    public async ValueTask<bool> IsAliveAsync(string virtualHost, string address) =>
        ReplyAddress.Is(address) && await GrainOf(address).IsOpenAsync(virtualHost);

    public async ValueTask<bool> TrySendAsync(string virtualHost, BrokerMessage message) =>
        ReplyAddress.Is(message.RoutingKey) && await GrainOf(message.RoutingKey).SendAsync(virtualHost, new MessageBatch(message));

    private IReplyGrain GrainOf(string address) => grains.GetGrain<IReplyGrain>(address);
}
