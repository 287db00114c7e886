using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using OrleansBroker.Gateway.Tls;
using OrleansBroker.Grains.Hosting;
using OrleansBroker.Grains.Interfaces.Stores;
using OrleansBroker.Silo.Configuration;

namespace OrleansBroker.Silo.Hosting;

/// <summary>The process: checks its settings, starts, says that it is ready, waits for the signal to stop, drains.</summary>
internal static partial class Server
{
    private const int Success = 0;
    private const int CannotStart = 1;
    private const string CannotStartTitle = "OrleansBroker cannot start.";

    /// <summary>Runs until a signal stops it.</summary>
    /// <returns>The exit code: 0 after a stop that drained, 1 when it could not start.</returns>
    public static async Task<int> RunAsync(string[] arguments)
    {
        var configuration = new ConfigurationManager();
        var problems = ConfigurationProblems(configuration, arguments);
        if (problems.Count > 0)
        {
            return Refuse(CannotStartTitle, problems);
        }

        var options = ConfigurationCheck.Options<ServerOptions>(configuration.GetSection(BrokerOptions.Section));
        problems.AddRange(ListenerCheck.Problems(options));
        return problems.Count > 0 ? Refuse(CannotStartTitle, problems) : await ServeAsync(configuration, options);
    }

    /// <summary>
    /// The command <c>config check</c>: what a start with these arguments, here and with this environment would say of its settings. Ports
    /// and the data folder are not tried: the broker that is to be started anew may be using them.
    /// </summary>
    /// <returns>The exit code: 0, or 1 where a start would be refused.</returns>
    public static int CheckConfiguration(string[] arguments)
    {
        var problems = ConfigurationProblems(new ConfigurationManager(), arguments);
        if (problems.Count > 0)
        {
            return Refuse("OrleansBroker's configuration is not valid.", problems);
        }

        Console.WriteLine("OrleansBroker's configuration is valid.");
        return Success;
    }

    private static List<string> ConfigurationProblems(ConfigurationManager configuration, string[] arguments)
    {
        try
        {
            configuration.AddSources(arguments);
        }
        catch (Exception failure) when (failure is FormatException or InvalidDataException)
        {
            return [StartupFailure.Explain(failure)];
        }

        List<string> problems =
        [
            .. ConfigurationSources.Misread(arguments),
            .. RabbitMqEnvironment.Problems(Environment.GetEnvironmentVariable),
            .. ConfigurationCheck.Problems(configuration),
        ];
        if (problems.Count == 0)
        {
            var options = ConfigurationCheck.Options<ServerOptions>(configuration.GetSection(BrokerOptions.Section));
            problems.AddRange(ServerCertificate.Problems(options.Amqp.Tls));
        }

        return problems;
    }

    private static async Task<int> ServeAsync(ConfigurationManager configuration, ServerOptions options)
    {
        WebApplication built;
        try
        {
            // The API's operations ask for the store: what is wrong with the data folder is found here, before a client could connect.
            built = ServerComposition.Build(configuration, options);
        }
        catch (Exception failure)
        {
            return Refuse(CannotStartTitle, [StartupFailure.Explain(failure)]);
        }

        await using var app = built;
        var log = app.Services.GetRequiredService<ILoggerFactory>().CreateLogger("OrleansBroker.Silo");
        try
        {
            // Opened before anything listens: what is wrong with the data folder is said before a client could connect.
            app.Services.GetRequiredService<ITopologyStore>();
            await app.StartAsync();
        }
        catch (Exception failure)
        {
            LogStartFailed(log, failure);
            return Refuse(CannotStartTitle, [StartupFailure.Explain(failure)]);
        }

        LogReady(log, options.Amqp.Address, options.Amqp.Port, options.Silo.GatewayAddress, options.Silo.GatewayPort, options.Management.Address, options.Management.Port);
        if (options.Prometheus.Port is null && !app.Services.GetRequiredService<PrometheusListener>().IsOpen)
        {
            LogNoMetrics(log, options.Prometheus.Address, PrometheusListener.UsualPort);
        }

        await app.WaitForShutdownAsync();
        LogStopped(log);
        return Success;
    }

    private static int Refuse(string title, IReadOnlyList<string> problems)
    {
        Console.Error.WriteLine(title);
        foreach (var problem in problems)
        {
            Console.Error.WriteLine($"  {problem}");
        }

        return CannotStart;
    }

    // Debug: the operator gets the explanation on stderr, a developer who asks for it the stack as well.
    [LoggerMessage(1001, LogLevel.Debug, "The start failed.")]
    private static partial void LogStartFailed(ILogger logger, Exception failure);

    [LoggerMessage(1000, LogLevel.Information, "Server startup complete: AMQP at {AmqpAddress}:{AmqpPort}, native clients at {GatewayAddress}:{GatewayPort}, HTTP at {HttpAddress}:{HttpPort}.")]
    private static partial void LogReady(
        ILogger logger, string amqpAddress, int amqpPort, string gatewayAddress, int gatewayPort, string httpAddress, int httpPort);

    [LoggerMessage(1003, LogLevel.Information, "No metrics for Prometheus: {Address}:{Port} is taken. Set Broker:Prometheus:Port to a port of this silo's own, or to 0.")]
    private static partial void LogNoMetrics(ILogger logger, string address, int port);

    [LoggerMessage(1002, LogLevel.Information, "Server stopped.")]
    private static partial void LogStopped(ILogger logger);
}
