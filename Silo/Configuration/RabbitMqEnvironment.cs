namespace OrleansBroker.Silo.Configuration;

/// <summary>
/// The variables that RabbitMQ's image takes, as settings of this broker: containers that were written for it start unchanged. Variables
/// that are RabbitMQ's and not named here change nothing, as they speak of its runtime.
/// </summary>
internal static class RabbitMqEnvironment
{
    /// <summary>Where RabbitMQ's images are given their definitions.</summary>
    public const string Definitions = "/etc/rabbitmq/definitions.json";

    private const string User = "RABBITMQ_DEFAULT_USER";
    private const string Password = "RABBITMQ_DEFAULT_PASS";
    private const string VirtualHost = "RABBITMQ_DEFAULT_VHOST";
    private const string InContainer = "DOTNET_RUNNING_IN_CONTAINER";
    private const string Guest = "guest";
    private const string RootVirtualHost = "/";

    /// <summary>What the variables set.</summary>
    /// <param name="variable">A variable's value; null where it is not set.</param>
    /// <param name="exists">Whether there is a file of this path.</param>
    public static IReadOnlyDictionary<string, string?> Settings(Func<string, string?> variable, Func<string, bool> exists)
    {
        var settings = new Dictionary<string, string?>();
        if (variable(User) is { } user)
        {
            settings["Broker:Access:DefaultUser"] = user;
            if (user == Guest)
            {
                // Who asks for the guest by name, in a container, means one who comes from outside of it.
                settings["Broker:Access:LoopbackUsers"] = "";
            }
        }

        if (variable(Password) is { } password)
        {
            settings["Broker:Access:DefaultPassword"] = password;
        }

        if (variable(VirtualHost) is { } virtualHost && virtualHost != RootVirtualHost)
        {
            settings["Broker:Topology:VirtualHosts"] = virtualHost;
        }

        // On a machine that is no container the file is the one of a RabbitMQ beside this broker.
        if (variable(InContainer) == "true" && exists(Definitions))
        {
            settings["Broker:Management:LoadDefinitions"] = Definitions;
        }

        return settings;
    }

    /// <summary>Variables that cannot be as they are, one sentence each; secrets are not in them.</summary>
    public static IEnumerable<string> Problems(Func<string, string?> variable)
    {
        // A compose file whose own variable is missing sets an empty one; it would mean a password that everybody knows.
        foreach (var name in (string[])[User, Password, VirtualHost])
        {
            if (variable(name) is "")
            {
                yield return $"{name} is ''; allowed: text that is not empty, or not to set it.";
            }
        }

        if (variable(VirtualHost)?.Contains(',', StringComparison.Ordinal) == true)
        {
            yield return $"{VirtualHost} is '{variable(VirtualHost)}'; allowed: one virtual host, without a comma.";
        }

        foreach (var name in (string[])[User, Password])
        {
            if (variable(name + "_FILE") is not null)
            {
                yield return $"{name}_FILE is set; allowed: {name}, as RabbitMQ's own image takes no such file any more.";
            }
        }
    }
}
