using OrleansBroker.Grains.Interfaces.Messages;

namespace OrleansBroker.Grains.Streams;

/// <summary>Publishes to the Orleans streams of other providers that bindings name as their destination.</summary>
internal interface IStreamDestinations
{
    /// <summary>
    /// Writes the messages, in order, as <see cref="StreamedMessage"/> items to the stream <c>provider/namespace/key</c>, and completes when
    /// its provider has taken them. A name that is no stream, or a provider that is not registered, is a 404
    /// (<see cref="Interfaces.Errors.BrokerException"/>); what the provider throws passes through: the outcome is unknown.
    /// </summary>
    Task PublishAsync(string name, IReadOnlyList<BrokerMessage> messages);
}
