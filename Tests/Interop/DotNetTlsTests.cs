using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using OrleansBroker.Tests.Gateway.Tls;
using RabbitMQ.Client;

namespace OrleansBroker.Tests.Interop;

/// <summary>What users of RabbitMQ.Client 7 do who want TLS.</summary>
[Collection(OneTlsGateway.Name)]
public sealed class DotNetTlsTests(TlsSilo silo)
{
    [Fact]
    public async Task A_password_is_sent_through_TLS()
    {
        await using var connection = await Factory().CreateConnectionAsync();
        await PublishAndGetAsync(connection);
    }

    [Fact]
    public async Task A_certificate_is_enough_to_log_in()
    {
        using var certificate = silo.Authority.Issue("O=Engines, CN=ada");
        var factory = Factory();
        factory.Ssl.Certs = [certificate];
        factory.AuthMechanisms = [new ExternalMechanismFactory()];
        await using var connection = await factory.CreateConnectionAsync();
        await PublishAndGetAsync(connection);
    }

    private static async Task PublishAndGetAsync(IConnection connection)
    {
        await using var channel = await connection.CreateChannelAsync(
            new CreateChannelOptions(publisherConfirmationsEnabled: true, publisherConfirmationTrackingEnabled: true));
        var queue = (await channel.QueueDeclareAsync()).QueueName;
        var body = Encoding.UTF8.GetBytes(new string('x', 200_000));
        await channel.BasicPublishAsync("", queue, mandatory: true, body);
        Assert.Equal(body, (await channel.BasicGetAsync(queue, autoAck: true))!.Body.ToArray());
    }

    private ConnectionFactory Factory() => new()
    {
        HostName = "127.0.0.1",
        Port = silo.TlsPort,
        ContinuationTimeout = TimeSpan.FromSeconds(30),
        Ssl = new SslOption("localhost", enabled: true) { CertificateValidationCallback = Trusts },
    };

    private bool Trusts(object sender, X509Certificate? certificate, X509Chain? chain, SslPolicyErrors errors)
    {
        using var own = new X509Chain { ChainPolicy = silo.Authority.Client().CertificateChainPolicy! };
        return own.Build((X509Certificate2)certificate!);
    }
}
