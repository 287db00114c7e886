using OrleansBroker.Amqp.Frames;

namespace OrleansBroker.Benchmarks.Amqp.Clients;

/// <summary>What a connection's reader hands its frames to, from one thread.</summary>
internal interface IFrameSink
{
    /// <summary>Octets have arrived.</summary>
    void Begin();

    /// <summary>A frame, valid until this returns.</summary>
    void Take(scoped in Frame frame);

    /// <summary>Every frame that has arrived was handed over.</summary>
    void End();
}
