using System.Security.Cryptography.X509Certificates;
using OrleansBroker.Tests.Gateway.Wire;
using OrleansBroker.Tests.Native;

namespace OrleansBroker.Tests.Gateway.Tls;

/// <summary>Certificates are replaced while the broker runs.</summary>
public sealed class CertificateReloadTests : IClassFixture<CertificateReloadTests.Linked>
{
    private readonly Linked _silo;

    public CertificateReloadTests(Linked silo) => _silo = silo;

    [Fact]
    public async Task New_connections_get_the_certificate_that_a_link_was_turned_to_and_open_ones_go_on()
    {
        await using var before = await WireClient.ConnectAsync(_silo.TlsPort, _silo.Authority.Client());
        await before.OpenAsync();
        var old = await SerialAsync();
        var serial = _silo.Turn();
        await NativeCluster.Until(async () => await SerialAsync() == serial, "the new certificate");
        Assert.NotEqual(old, serial);
        await before.OpenChannelAsync();
    }

    private async Task<string> SerialAsync()
    {
        await using var client = await WireClient.ConnectAsync(_silo.TlsPort, _silo.Authority.Client());
        return ((X509Certificate2)client.Tls.RemoteCertificate!).SerialNumber;
    }

    /// <summary>Keeps its certificate as Kubernetes keeps secrets: behind a link to a folder.</summary>
    public sealed class Linked : TlsSilo
    {
        private int _turns;

        public Linked() => Turn();

        protected override IReadOnlyDictionary<string, string?> Settings => new Dictionary<string, string?>(base.Settings)
        {
            ["Broker:Amqp:Tls:Certificate"] = Path.Combine(Folder, "data", "tls.crt"),
            ["Broker:Amqp:Tls:CertificateKey"] = Path.Combine(Folder, "data", "tls.key"),
        };

        /// <summary>Issues a certificate and turns the link to it.</summary>
        public string Turn()
        {
            var folder = Directory.CreateDirectory(Path.Combine(Folder, $"turn-{++_turns}")).FullName;
            using var certificate = Authority.Issue("CN=localhost");
            File.WriteAllText(Path.Combine(folder, "tls.crt"), certificate.ExportCertificatePem());
            File.WriteAllText(Path.Combine(folder, "tls.key"), TestAuthority.PemOf(certificate));
            var link = Path.Combine(Folder, "data");
            if (Directory.Exists(link))
            {
                Directory.Delete(link);
            }

            Directory.CreateSymbolicLink(link, folder);
            return certificate.SerialNumber;
        }
    }
}
