using System.Net;
using System.Net.Sockets;
using OrleansBroker.Grains.Access;

namespace OrleansBroker.Tests.SiloProcesses;

/// <summary>What scripts rely on: keys, ports, the ready line, the exit codes.</summary>
[Collection(SiloProcessCollection.Name)]
public class RunContractTests
{
    [Theory]
    [InlineData("--Broker:Amqp:Prt", "5673", "Broker:Amqp:Prt is '5673'", "Broker:Amqp:Port")]
    [InlineData("--Broker:Quux", "1", "Broker:Quux is '1'", "Broker:Store:Path")]
    [InlineData("--Broker:Silo:Port", "http", "Broker:Silo:Port is 'http'", "a whole number from 1 to 65535")]
    [InlineData("--Broker:Silo:GatewayPort", "70000", "Broker:Silo:GatewayPort is '70000'", "a whole number from 1 to 65535")]
    [InlineData("--Broker:Store:Provider", "SQLite", "Broker:Store:Provider is 'SQLite'", "one of RocksDb, Memory, PostgreSql")]
    [InlineData("--Broker:Store:Provider", "1", "Broker:Store:Provider is '1'", "one of RocksDb, Memory, PostgreSql")]
    [InlineData("--Broker:Store:Provider", "PostgreSql", "Broker:Store:ConnectionString is not set", "Host=db;Database=broker;Username=broker")]
    [InlineData("--Broker:Store:Schema", "My Schema", "Broker:Store:Schema is 'My Schema'", "text like ^[a-z_]")]
    [InlineData("--Broker:Cluster:Membership", "PostgreSql", "Broker:Cluster:Membership is 'PostgreSql'", "only with the store PostgreSql")]
    [InlineData("--Broker:Cluster:Kubernetes", "true", "Broker:Cluster:Kubernetes is 'True'", "only with Broker:Cluster:Membership PostgreSql")]
    [InlineData("--Broker:Silo:Address", "0.0.0.0", "Broker:Silo:Address is '0.0.0.0' while members are listed on this machine", "only with Broker:Cluster:Membership PostgreSql")]
    [InlineData("--Broker:Dashboard:Enabled", "maybe", "Broker:Dashboard:Enabled is 'maybe'", "true or false")]
    [InlineData("--Broker:Silo:GatewayAddress", "here", "Broker:Silo:GatewayAddress is 'here'", "an IP address")]
    [InlineData("--Broker:Silo:PrimaryPort", "11111", "Broker:Silo:PrimaryPort is '11111'", "RocksDb is one silo's own disk")]
    [InlineData("--Broker:Store:Path", "", "Broker:Store:Path is ''", "text that is not empty")]
    [InlineData("--Broker:Amqp:Tls:Certificate", "missing.pem", "Broker:Amqp:Tls:Certificate is 'missing.pem'", "the path of a file that can be read")]
    [InlineData("--Broker:Amqp:Tls:ClientCertificates", "Required", "Broker:Amqp:Tls:ClientCertificates is set", "only with Broker:Amqp:Tls:Certificate")]
    [InlineData("--Port", "5672", "'--Port' is no setting", "Broker:")]
    public async Task A_setting_that_cannot_be_is_one_sentence_and_exit_code_1(string key, string value, string what, string allowed)
    {
        await using var silo = new SiloProcess(key, value);
        Assert.Equal(1, await silo.RunToEndAsync());
        Assert.Contains(what, silo.Errors);
        Assert.Contains(allowed, silo.Errors);
        Assert.DoesNotContain("   at ", silo.Errors + silo.Output);
    }

    [Fact]
    public async Task A_file_in_the_working_directory_is_checked_as_well()
    {
        await using var silo = new SiloProcess();
        await File.WriteAllTextAsync(Path.Combine(silo.Folder, "appsettings.json"), """{ "Broker": { "Stor": { "Path": "x" } } }""");
        Assert.Equal(1, await silo.RunToEndAsync());
        Assert.Contains("Broker:Stor:Path is 'x'", silo.Errors);
    }

    [Fact]
    public async Task A_password_from_the_input_becomes_a_hash_that_verifies_it()
    {
        await using var command = ChildProcess.Start("Silo", Path.GetTempPath(), "hash-password");
        await command.Input.WriteLineAsync("open sesame");
        Assert.Equal(0, await command.WaitForExitAsync());
        Assert.True(PasswordHash.Verify("open sesame", command.Output.Trim()), command.Output);
        Assert.StartsWith("pbkdf2-sha256$600000$", command.Output);

        await using var without = ChildProcess.Start("Silo", Path.GetTempPath(), "hash-password");
        without.Input.Close();
        Assert.Equal(1, await without.WaitForExitAsync());
        Assert.Contains("reads the password from its input", without.Errors);
    }

    [Fact]
    public async Task A_port_in_use_is_named()
    {
        await using var silo = new SiloProcess();
        using var other = new TcpListener(IPAddress.Loopback, silo.GatewayPort);
        other.Start();
        Assert.Equal(1, await silo.RunToEndAsync());
        Assert.Contains($"Broker:Silo:GatewayPort is '{silo.GatewayPort}'", silo.Errors);
        Assert.DoesNotContain("   at ", silo.Errors + silo.Output);
    }

    [Fact]
    public async Task A_data_folder_in_use_is_named()
    {
        await using var first = await SiloProcess.StartAsync();
        await using var second = new SiloProcess("--Broker:Store:Path", Path.Combine(first.Folder, "data"));
        Assert.Equal(1, await second.RunToEndAsync());
        Assert.Contains(Path.Combine(first.Folder, "data"), second.Errors);
        Assert.DoesNotContain("   at ", second.Errors + second.Output);
    }

    [Fact]
    public async Task A_silo_is_ready_in_time_healthy_and_stops_with_0()
    {
        await using var silo = await SiloProcess.StartAsync();

        // The contract says 5 s; processor time is the part of it that does not depend on what else the machine does.
        Assert.True(silo.ProcessorTime < TimeSpan.FromSeconds(5), $"It took {silo.ProcessorTime}.");
        using var http = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{silo.HttpPort}") };
        Assert.Equal("Healthy", await http.GetStringAsync("/health/live"));
        Assert.Equal("Healthy", await http.GetStringAsync("/health/ready"));
        Assert.True(Directory.Exists(Path.Combine(silo.Folder, "data")));
        Assert.Equal(0, await silo.TerminateAsync());
    }

    [Fact]
    public async Task Silos_with_the_memory_store_form_one_cluster()
    {
        await using var primary = await SiloProcess.StartAsync("--Broker:Store:Provider", "Memory");
        await using var joined = await SiloProcess.StartAsync(
            "--Broker:Store:Provider", "Memory", "--Broker:Silo:PrimaryPort", $"{primary.SiloPort}");
        using var http = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{joined.HttpPort}") };
        Assert.Equal("Healthy", await http.GetStringAsync("/health/ready"));
        Assert.Equal(0, await joined.TerminateAsync());
    }

    [Fact]
    public async Task A_silo_does_not_join_one_that_has_a_disk_of_its_own()
    {
        await using var primary = await SiloProcess.StartAsync();
        await using var second = new SiloProcess("--Broker:Store:Provider", "Memory", "--Broker:Silo:PrimaryPort", $"{primary.SiloPort}");
        Assert.Equal(1, await second.RunToEndAsync());
        Assert.Contains("RocksDb is one silo's own disk", second.Errors);
    }
}
