using Microsoft.Extensions.DependencyInjection;

namespace OrleansBroker.ClientLib.Connections;

/// <summary>The Orleans cluster as a connection reaches it: through a client of its own, a given client, or from inside a silo.</summary>
internal sealed class Cluster(IClusterClient client, IAsyncDisposable? owned) : IAsyncDisposable
{
    /// <summary>The Orleans client.</summary>
    public IClusterClient Client { get; } = client;

    /// <summary>Whether this is a silo's own client. What is published then reaches the broker by reference.</summary>
    public bool IsInSilo { get; } = client.ServiceProvider.GetService<ILocalSiloDetails>() is not null;

    /// <summary>
    /// Runs work outside the grain that may be calling: observers cannot be made inside one, and the connection's own loops must not
    /// hold its turns.
    /// </summary>
    public Task<T> RunAsync<T>(Func<Task<T>> work) => IsInSilo ? Task.Run(work) : work();

    public ValueTask DisposeAsync() => owned?.DisposeAsync() ?? default;
}
