using OrleansBroker.Silo.Configuration;
using OrleansBroker.Tests.SiloProcesses;
using RabbitMQ.Client;
using RabbitMQ.Client.Exceptions;

namespace OrleansBroker.Tests.Deployment;

/// <summary>Containers that were written for RabbitMQ's image start unchanged.</summary>
[Collection(SiloProcessCollection.Name)]
public class RabbitMqEnvironmentTests
{
    [Fact]
    public async Task User_password_and_virtual_host_of_RabbitMQs_variables_are_there_and_the_guest_is_not()
    {
        await using var silo = new SiloProcess { Environment = Variables(("USER", "rabbitmq"), ("PASS", "secret"), ("VHOST", "shop")) };
        await silo.StartAsync();
        await using (var connection = await Factory(silo, "rabbitmq", "secret", "shop").CreateConnectionAsync())
        {
            await using var channel = await connection.CreateChannelAsync();
            Assert.Equal("jobs", (await channel.QueueDeclareAsync("jobs", durable: true, exclusive: false, autoDelete: false)).QueueName);
        }

        await Assert.ThrowsAsync<BrokerUnreachableException>(() => Factory(silo, "rabbitmq", "wrong", "shop").CreateConnectionAsync());
        await Assert.ThrowsAsync<BrokerUnreachableException>(() => Factory(silo, "guest", "guest", "/").CreateConnectionAsync());
        Assert.DoesNotContain("secret", silo.Output);
    }

    [Fact]
    public async Task An_empty_variable_is_named_and_no_password_of_everybodys()
    {
        await using var silo = new SiloProcess { Environment = Variables(("USER", "ada"), ("PASS", ""), ("USER_FILE", "/run/secrets/user")) };
        Assert.Equal(1, await silo.RunToEndAsync());
        Assert.Contains("RABBITMQ_DEFAULT_PASS is ''; allowed: text that is not empty", silo.Errors);
        Assert.Contains("RABBITMQ_DEFAULT_USER_FILE is set; allowed: RABBITMQ_DEFAULT_USER", silo.Errors);
    }

    [Fact]
    public async Task A_setting_of_the_brokers_own_counts_before_RabbitMQs_variables()
    {
        await using var silo = new SiloProcess("--Broker:Access:DefaultUser", "ada") { Environment = Variables(("USER", "eve"), ("PASS", "p")) };
        await silo.StartAsync();
        await using var connection = await Factory(silo, "ada", "p", "/").CreateConnectionAsync();
        Assert.True(connection.IsOpen);
    }

    [Fact]
    public void The_guest_comes_from_anywhere_only_when_the_variable_names_it()
    {
        Assert.Equal("", Settings(("USER", "guest"))["Broker:Access:LoopbackUsers"]);
        Assert.DoesNotContain("Broker:Access:LoopbackUsers", Settings(("USER", "ada")).Keys);
        Assert.Empty(Settings());
    }

    [Theory]
    [InlineData("true", true, "/etc/rabbitmq/definitions.json")]
    [InlineData("true", false, null)]
    [InlineData(null, true, null)]
    public void Definitions_are_loaded_from_where_RabbitMQs_image_has_them_in_a_container_only(string? inContainer, bool isThere, string? loaded)
    {
        var settings = RabbitMqEnvironment.Settings(name => name == "DOTNET_RUNNING_IN_CONTAINER" ? inContainer : null, path => isThere && path == loaded);
        Assert.Equal(loaded, settings.GetValueOrDefault("Broker:Management:LoadDefinitions"));
    }

    [Fact]
    public void Every_setting_that_the_variables_make_is_a_key_of_the_brokers()
    {
        var settings = RabbitMqEnvironment.Settings(name => name.StartsWith("DOTNET", StringComparison.Ordinal) ? "true" : "guest", _ => true);
        Assert.Equal(5, settings.Count);
        Assert.All(settings, setting => Assert.Contains(ConfigurationCheck.Keys, key => key.Matches(setting.Key) && key.TryParse(setting.Value, out _)));
    }

    [Fact]
    public async Task Config_check_says_what_a_start_would_and_starts_nothing()
    {
        var folder = Directory.CreateTempSubdirectory("orleansbroker-").FullName;
        await using var right = ChildProcess.Start("Silo", folder, "config", "check", "--Broker:Amqp:Port", "5673");
        Assert.Equal(0, await right.WaitForExitAsync());
        Assert.Contains("configuration is valid", right.Output);
        Assert.Empty(Directory.EnumerateFileSystemEntries(folder));

        await using var wrong = ChildProcess.Start("Silo", folder, "config", "check", "--Broker:Amqp:Prt", "5673");
        Assert.Equal(1, await wrong.WaitForExitAsync());
        Assert.Contains("Broker:Amqp:Prt is '5673'", wrong.Errors);
        Directory.Delete(folder);
    }

    private static Dictionary<string, string> Variables(params (string Name, string Value)[] variables) =>
        variables.ToDictionary(variable => $"RABBITMQ_DEFAULT_{variable.Name}", variable => variable.Value);

    private static IReadOnlyDictionary<string, string?> Settings(params (string Name, string Value)[] variables) =>
        RabbitMqEnvironment.Settings(Variables(variables).GetValueOrDefault, _ => false);

    private static ConnectionFactory Factory(SiloProcess silo, string user, string password, string virtualHost) => new()
    {
        HostName = "127.0.0.1",
        Port = silo.AmqpPort,
        UserName = user,
        Password = password,
        VirtualHost = virtualHost,
    };
}
