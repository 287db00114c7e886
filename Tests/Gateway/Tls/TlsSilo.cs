using OrleansBroker.Tests.Gateway.Wire;

namespace OrleansBroker.Tests.Gateway.Tls;

/// <summary>A silo with a port for TLS, whose clients may have certificates.</summary>
public class TlsSilo : GatewaySilo, IDisposable
{
    public TlsSilo()
    {
        Folder = Directory.CreateTempSubdirectory("orleansbroker-tls-").FullName;
        using var certificate = Authority.Issue("CN=localhost");
        File.WriteAllText(Path.Combine(Folder, "server.pem"), TestAuthority.PemOf(certificate));
        File.WriteAllText(Path.Combine(Folder, "authority.pem"), Authority.Pem);
    }

    public TestAuthority Authority { get; } = new();

    /// <summary>Where the certificates are.</summary>
    public string Folder { get; }

    protected override IReadOnlyDictionary<string, string?> Settings => new Dictionary<string, string?>
    {
        ["Broker:Amqp:Tls:Certificate"] = Path.Combine(Folder, "server.pem"),
        ["Broker:Amqp:Tls:CertificateAuthority"] = Path.Combine(Folder, "authority.pem"),
        ["Broker:Amqp:Tls:ClientCertificates"] = "Allowed",
        ["Broker:Amqp:Tls:ReloadInterval"] = "00:00:00.1",
        ["Broker:Access:Users:CN=ada,O=Engines:Permissions:*:Read"] = ".*",
    };

    public void Dispose()
    {
        Authority.Dispose();
        Directory.Delete(Folder, recursive: true);
        GC.SuppressFinalize(this);
    }
}

[CollectionDefinition(Name)]
public sealed class OneTlsGateway : ICollectionFixture<TlsSilo>
{
    public const string Name = "one TLS gateway";
}
