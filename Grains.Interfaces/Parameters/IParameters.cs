using System.Text.Json;

namespace OrleansBroker.Grains.Interfaces.Parameters;

/// <summary>A value that a component is configured with in a virtual host, such as a shovel; the broker keeps it and gives it no meaning.</summary>
/// <param name="VirtualHost">The virtual host; null: it is a global one.</param>
/// <param name="Component">The component; empty for a global one.</param>
/// <param name="Name">Its name.</param>
/// <param name="Value">Its value.</param>
public sealed record Parameter(string? VirtualHost, string Component, string Name, JsonElement Value);

/// <summary>Parameters of components, and global ones. Policies and limits, which RabbitMQ keeps as parameters too, are not among them.</summary>
public interface IParameters
{
    /// <summary>The parameter, or null.</summary>
    Task<Parameter?> FindAsync(string? virtualHost, string component, string name, CancellationToken cancellationToken);

    /// <summary>All parameters that are not global, by virtual host, component and name.</summary>
    IAsyncEnumerable<Parameter> ListAsync(CancellationToken cancellationToken);

    /// <summary>All global parameters by name.</summary>
    IAsyncEnumerable<Parameter> ListGlobalAsync(CancellationToken cancellationToken);

    /// <summary>Sets parameters, all or none.</summary>
    /// <returns>Whether the first of them is new.</returns>
    /// <exception cref="Errors.BrokerException">404: there is no such virtual host; 406: a name cannot be.</exception>
    Task<bool> PutAsync(IReadOnlyList<Parameter> parameters, CancellationToken cancellationToken);

    /// <summary>Deletes the parameter; false where there is none.</summary>
    Task<bool> DeleteAsync(string? virtualHost, string component, string name, CancellationToken cancellationToken);
}
