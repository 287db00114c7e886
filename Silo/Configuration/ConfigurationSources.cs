using Microsoft.Extensions.Configuration;

namespace OrleansBroker.Silo.Configuration;

/// <summary>Where settings come from: later sources win over earlier ones.</summary>
internal static class ConfigurationSources
{
    private const string File = "appsettings.json";

    // What else than the broker's own keys makes sense on the command line.
    private static readonly string[] OtherSections = ["Logging", "Orleans"];

    /// <summary>
    /// The shipped file, what RabbitMQ's variables say, the file in the working directory, the environment, the command line.
    /// </summary>
    public static void AddSources(this IConfigurationBuilder configuration, string[] arguments)
    {
        configuration.AddJsonFile(Path.Combine(AppContext.BaseDirectory, File), optional: true, reloadOnChange: false);
        configuration.AddInMemoryCollection(RabbitMqEnvironment.Settings(Environment.GetEnvironmentVariable, System.IO.File.Exists));
        configuration.AddJsonFile(Path.Combine(Directory.GetCurrentDirectory(), File), optional: true, reloadOnChange: false);
        configuration.AddEnvironmentVariables();
        configuration.AddCommandLine(arguments);
    }

    /// <summary>
    /// Arguments that the command line source would pass over in silence, or take as a key of nobody's: a lone word, a key without
    /// its value, a key outside the known sections.
    /// </summary>
    public static IEnumerable<string> Misread(string[] arguments)
    {
        for (var i = 0; i < arguments.Length; i++)
        {
            var argument = arguments[i];
            var assignment = argument.IndexOf('=', StringComparison.Ordinal);
            var key = (assignment < 0 ? argument : argument[..assignment]).TrimStart('-', '/');
            if (!key.StartsWith("Broker:", StringComparison.OrdinalIgnoreCase)
                && !OtherSections.Any(section => key.StartsWith(section + ":", StringComparison.OrdinalIgnoreCase)))
            {
                yield return $"'{argument}' is no setting; allowed: --Key value or --Key=value with a key that starts with Broker:, Logging: or Orleans:.";
            }
            else if (assignment < 0 && ++i >= arguments.Length)
            {
                yield return $"'{argument}' has no value; allowed: --Key value or --Key=value.";
            }
        }
    }
}
