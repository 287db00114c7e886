using System.Net;

namespace OrleansBroker.Tests.Hosting;

/// <summary>The silo that a part of it believes to be on, without one.</summary>
internal sealed class LocalSilo : ILocalSiloDetails
{
    public string Name => "self";

    public string ClusterId => "test";

    public string DnsHostName => "localhost";

    public SiloAddress SiloAddress { get; } = SiloAddress.New(new IPEndPoint(IPAddress.Loopback, 1), 1);

    public SiloAddress GatewayAddress => SiloAddress;
}
