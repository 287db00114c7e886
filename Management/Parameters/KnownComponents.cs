using System.Text.Json;
using OrleansBroker.Grains.Interfaces.Parameters;
using OrleansBroker.Grains.Interfaces.Policies;
using OrleansBroker.Grains.Interfaces.Topology;
using OrleansBroker.Management.Json;
using OrleansBroker.Management.Policies;

namespace OrleansBroker.Management.Parameters;

/// <summary>
/// What RabbitMQ keeps as parameters and this broker as what they are: operator policies, and the limits of virtual hosts. Lists and
/// definitions show them as RabbitMQ does.
/// </summary>
internal static class KnownComponents
{
    public const string OperatorPolicy = "operator_policy";
    public const string Policy = "policy";
    public const string VirtualHostLimits = "vhost-limits";

    private const string Limits = "limits";

    /// <summary>Whether parameters of the component are something else here.</summary>
    public static bool Has(string component) => component is OperatorPolicy or Policy or VirtualHostLimits;

    public static ParameterItem Of(Policy policy) => new(
        JsonSerializer.SerializeToElement(
            new PolicyValue(policy.Pattern, policy.Definition, policy.Priority, policy.ApplyTo), KnownComponentsJson.Default.PolicyValue),
        policy.VirtualHost,
        OperatorPolicy,
        policy.Name);

    public static ParameterItem Of(VirtualHostDefinition host) => new(
        JsonSerializer.SerializeToElement(host.Limits, KnownComponentsJson.Default.IReadOnlyDictionaryStringInt64), host.Name, VirtualHostLimits, Limits);

    /// <summary>The policy that a parameter is.</summary>
    public static Policy ToPolicy(Parameter parameter) => PolicyBodies.Of(
        parameter.Component == Policy ? PolicyKind.Policy : PolicyKind.OperatorPolicy, parameter.VirtualHost!, parameter.Name, new JsonBody(parameter.Value));
}
