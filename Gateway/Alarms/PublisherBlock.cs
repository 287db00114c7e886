using OrleansBroker.Amqp;
using OrleansBroker.Amqp.Frames;
using OrleansBroker.Amqp.Methods;
using OrleansBroker.Gateway.Connections;
using OrleansBroker.Gateway.Output;

namespace OrleansBroker.Gateway.Alarms;

/// <summary>Publishers are held back as RabbitMQ does it: nothing is read of a connection that publishes during an alarm (row 2.07).</summary>
internal static class PublisherBlock
{
    /// <summary>Tells the client, where it wants to know, and completes when the alarm is over or the connection gone.</summary>
    public static async Task HoldAsync(
        GatewayContext broker, ConnectionOutput output, ClientIdentity client, string reason, CancellationToken gone)
    {
        var tell = client.Can("connection.blocked");
        if (tell)
        {
            output.Write(reason, static (text, writer) => FrameWriter.WriteMethod(writer, 0, new ConnectionBlocked(text)));
        }

        broker.Telemetry.Blocked(1);
        try
        {
            await broker.Alarms.ClearedAsync(gone);
        }
        finally
        {
            broker.Telemetry.Blocked(-1);
        }

        if (tell)
        {
            output.Write(0, static (_, writer) => FrameWriter.WriteMethod(writer, 0, MethodId.ConnectionUnblocked));
        }
    }
}
