using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;
using OrleansBroker.Gateway;
using OrleansBroker.Gateway.Tls;
using OrleansBroker.Tests.Gateway.Wire;
using OrleansBroker.Tests.Native;

namespace OrleansBroker.Tests.Gateway.Tls;

/// <summary>What is loaded, and what is said of what cannot be.</summary>
public sealed class ServerCertificateTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("orleansbroker-tls-").FullName;
    private readonly TestAuthority _authority = new();
    private readonly X509Certificate2 _certificate;
    private readonly GatewayOptions _gateway = new();

    public ServerCertificateTests()
    {
        _certificate = _authority.Issue("CN=localhost");
        _gateway.Tls.Certificate = Write("server.pem", TestAuthority.PemOf(_certificate));
    }

    private TlsOptions Options => _gateway.Tls;

    public void Dispose()
    {
        _certificate.Dispose();
        _authority.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public void One_PEM_file_may_have_both_certificate_and_key() => Assert.Empty(ServerCertificate.Problems(Options));

    [Fact]
    public void A_PFX_file_is_opened_with_its_password()
    {
        Options.Certificate = Path.Combine(_folder, "server.pfx");
        File.WriteAllBytes(Options.Certificate, _authority.Issue("CN=localhost").ExportPkcs12(Pkcs12ExportPbeParameters.Default, "open"));
        Options.CertificatePassword = "open";
        Assert.Empty(ServerCertificate.Problems(Options));
        Options.CertificatePassword = "wrong";
        AssertProblem($"Broker:Amqp:Tls:Certificate is '{Options.Certificate}'", "CertificatePassword");
    }

    [Fact]
    public void An_encrypted_key_is_opened_with_its_password()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var certificate = new CertificateRequest("CN=localhost", key, HashAlgorithmName.SHA256)
            .CreateSelfSigned(_certificate.NotBefore, _certificate.NotAfter);
        Options.Certificate = Write("own.pem", certificate.ExportCertificatePem());
        var encryption = new PbeParameters(PbeEncryptionAlgorithm.Aes256Cbc, HashAlgorithmName.SHA256, 1000);
        Options.CertificateKey = Write("own.key", key.ExportEncryptedPkcs8PrivateKeyPem("open", encryption));
        AssertProblem($"Broker:Amqp:Tls:CertificateKey is '{Options.CertificateKey}'", "there is no password");
        Options.CertificatePassword = "wrong";
        AssertProblem($"Broker:Amqp:Tls:CertificateKey is '{Options.CertificateKey}'", "has to be its password");
        Options.CertificatePassword = "open";
        Assert.Empty(ServerCertificate.Problems(Options));
    }

    [Fact]
    public void A_file_that_is_missing_or_something_else_is_named()
    {
        Options.CertificateAuthority = Path.Combine(_folder, "missing.pem");
        AssertProblem($"Broker:Amqp:Tls:CertificateAuthority is '{Options.CertificateAuthority}'", "the path of a file that can be read");
        Options.CertificateAuthority = Write("authority.pem", "no certificate");
        AssertProblem($"Broker:Amqp:Tls:CertificateAuthority is '{Options.CertificateAuthority}'", "certificates of authorities");
        Options.CertificateAuthority = null;
        Options.Certificate = Write("server.pem", "no certificate");
        AssertProblem($"Broker:Amqp:Tls:Certificate is '{Options.Certificate}'", "a certificate in PEM");
    }

    [Fact]
    public void A_key_of_another_certificate_is_named()
    {
        using var other = _authority.Issue("CN=localhost");
        Options.CertificateKey = Write("other.pem", TestAuthority.PemOf(other));
        AssertProblem($"Broker:Amqp:Tls:CertificateKey is '{Options.CertificateKey}'", "the certificate's private key");
    }

    [Fact]
    public void Settings_that_say_nothing_without_another_are_named()
    {
        Options.ClientCertificates = ClientCertificates.Allowed;
        Assert.Contains("only with Broker:Amqp:Tls:CertificateAuthority", Assert.Single(Options.Contradictions()));
        Options.Certificate = null;
        Assert.Contains("only with Broker:Amqp:Tls:Certificate,", Assert.Single(Options.Contradictions()));
        Options.ClientCertificates = ClientCertificates.None;
        Assert.Empty(Options.Contradictions());
    }

    [Fact]
    public async Task Files_that_cannot_be_used_are_told_and_the_certificate_before_stays()
    {
        var time = new FakeTimeProvider(TimeProvider.System.GetUtcNow());
        var log = new RecordingLog<ServerCertificate>();
        using var server = new ServerCertificate(Microsoft.Extensions.Options.Options.Create(_gateway), time, log);
        await server.StartAsync(default);
        var before = server.Current;

        Write("server.pem", _certificate.ExportCertificatePem());
        await Until(time, () => log.At(LogLevel.Error).Any(error => error.Contains("the certificate before stays", StringComparison.Ordinal)));
        File.Delete(Options.Certificate!);
        await Until(time, () => log.At(LogLevel.Error).Count == 2);
        Assert.Same(before, server.Current);

        using var after = _authority.Issue("CN=localhost");
        Write("server.pem", TestAuthority.PemOf(after));
        await Until(time, () => server.Current != before);
        Assert.Equal(after.SerialNumber, server.Current.Certificate.SerialNumber);
        Assert.Equal(2, log.At(LogLevel.Error).Count);
        await server.StopAsync(default);
    }

    private static Task Until(FakeTimeProvider time, Func<bool> condition) => NativeCluster.Until(
        () =>
        {
            time.Advance(TimeSpan.FromSeconds(10));
            return Task.FromResult(condition());
        },
        "what the log or the certificate should say");

    private string Write(string file, string text)
    {
        var path = Path.Combine(_folder, file);
        // In one step, as everything is replaced that something else may be reading.
        File.WriteAllText(path + ".new", text);
        File.Move(path + ".new", path, overwrite: true);
        return path;
    }

    private void AssertProblem(string what, string allowed)
    {
        var problem = Assert.Single(ServerCertificate.Problems(Options));
        Assert.StartsWith(what, problem);
        Assert.Contains(allowed, problem);
    }
}
