namespace OrleansBroker.Grains.Interfaces.Activity;

/// <summary>What a gateway tells of the clients of its silo. One per gateway; a silo without one has none.</summary>
public interface IClientActivity
{
    /// <summary>Connections that are open.</summary>
    IReadOnlyList<ConnectionFigures> ListConnections();

    /// <summary>Their channels, with the consumers of each.</summary>
    IReadOnlyList<ChannelFigures> ListChannels();

    /// <summary>Closes a connection with 320 and the reason; false where there is none of that name.</summary>
    bool CloseConnection(string name, string reason);

    /// <summary>Adds what the gateway knows to what is known of the silo.</summary>
    SiloFigures AddTo(SiloFigures silo);
}
