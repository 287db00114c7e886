using RabbitMQ.Client;

namespace OrleansBroker.CommandLine.Transfers;

/// <summary>What is to be done with a message of the source.</summary>
internal abstract record Plan
{
    private Plan()
    {
    }

    /// <summary>It goes elsewhere.</summary>
    public sealed record Send(string Exchange, string RoutingKey, BasicProperties Properties) : Plan;

    /// <summary>It stays where it is.</summary>
    public sealed record Leave(string Reason) : Plan;
}
