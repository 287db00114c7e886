using System.Globalization;
using OrleansBroker.Tests.Gateway.Tls;
using OrleansBroker.Tests.SiloProcesses;

namespace OrleansBroker.Tests.CommandLine;

/// <summary>The tool in a process of its own, which trusts the authorities that its environment names, against a silo with a certificate.</summary>
[Collection(OneTlsGateway.Name)]
public sealed class TlsCommandTests(TlsSilo silo)
{
    [Fact]
    public async Task A_broker_whose_certificate_the_machine_trusts_is_spoken_to_through_TLS()
    {
        var authority = Path.Combine(silo.Folder, "authority.pem");
        await DoneAsync(authority, "ping");
        await DoneAsync(authority, "publish", "default", "through TLS");
        Assert.Equal("through TLS", (await DoneAsync(authority, "get", "default", "--take", "-q")).Lines.Single().Split('\t')[^1]);
    }

    [Fact]
    public async Task A_broker_whose_certificate_the_machine_does_not_trust_is_told_nothing()
    {
        using var other = new TestAuthority();
        var authority = Path.Combine(silo.Folder, "other.pem");
        await File.WriteAllTextAsync(authority, other.Pem);
        var run = await RunAsync(authority, "ping");
        Assert.Equal(1, run.Code);
        Assert.Contains($"amqps://localhost:{silo.TlsPort}", run.Error, StringComparison.Ordinal);
        Assert.Contains("certificate", run.Error, StringComparison.Ordinal);
    }

    private async Task<ToolRun> DoneAsync(string authority, params string[] arguments)
    {
        var run = await RunAsync(authority, arguments);
        Assert.True(run.Code == 0, $"{string.Join(' ', arguments)}: {run}");
        return run;
    }

    private async Task<ToolRun> RunAsync(string authority, params string[] arguments)
    {
        var environment = new Dictionary<string, string>
        {
            ["SSL_CERT_FILE"] = authority,
            ["ORLEANSBROKER_TLS"] = "1",
            ["ORLEANSBROKER_PORT"] = silo.TlsPort.ToString(CultureInfo.InvariantCulture),
        };
        await using var process = ChildProcess.Start("CommandLine", silo.Folder, environment, arguments);
        return new ToolRun(await process.WaitForExitAsync(), process.Output, process.Errors);
    }
}
