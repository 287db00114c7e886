using System.Runtime.InteropServices;
using OrleansBroker.Amqp.Tables;

namespace OrleansBroker.Gateway.Connections.Login;

/// <summary>What the broker says of itself in connection.start (rows 1.02 and 2.01).</summary>
internal static class ServerProperties
{
    private static readonly string[] Capabilities =
    [
        "publisher_confirms", "exchange_exchange_bindings", "basic.nack", "consumer_cancel_notify", "connection.blocked",
        "consumer_priorities", "authentication_failure_close", "per_consumer_qos", "direct_reply_to",
    ];

    public static FieldTable Of(GatewayOptions options) => new(
    [
        new("capabilities", new FieldTable(Capabilities.Select(name => KeyValuePair.Create(name, (object?)true)))),
        new("cluster_name", options.ClusterName),
        new("copyright", "Copyright (c) the authors of OrleansBroker"),
        new("information", "Licensed under the MIT licence"),
        new("platform", RuntimeInformation.FrameworkDescription),
        new("product", options.Product),
        new("version", options.Version.Length > 0 ? options.Version : OwnVersion),
    ]);

    private static string OwnVersion => typeof(ServerProperties).Assembly.GetName().Version?.ToString(3) ?? "0.0.0";
}
