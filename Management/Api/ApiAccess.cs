namespace OrleansBroker.Management.Api;

/// <summary>What an operation asks of its user, by RabbitMQ's tags; each includes those before it, but a policymaker is no monitor.</summary>
internal enum ApiAccess
{
    /// <summary>Nothing: no login.</summary>
    Anonymous,
    /// <summary>Any of the four tags.</summary>
    Management,
    /// <summary><c>policymaker</c> or <c>administrator</c>.</summary>
    Policymaker,
    /// <summary><c>monitoring</c> or <c>administrator</c>.</summary>
    Monitoring,
    /// <summary><c>administrator</c>.</summary>
    Administrator,
}
