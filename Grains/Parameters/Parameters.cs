using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Json;
using OrleansBroker.Grains.Interfaces.Errors;
using OrleansBroker.Grains.Interfaces.Parameters;
using OrleansBroker.Grains.Interfaces.Stores;
using OrleansBroker.Grains.Settings;
using OrleansBroker.Grains.Topology.Rows;

namespace OrleansBroker.Grains.Parameters;

/// <summary>Parameters as rows. Nobody holds them in memory: what uses one reads it.</summary>
internal sealed class Parameters(ITopologyStore store) : IParameters
{
    private const string Local = "parameter\n";
    private const string Global = "global-parameter\n";
    private const byte Format = 1;
    private const int MaxAttempts = 20;
    private const int MaxOctets = 255;

    /// <summary>The keys of a virtual host's parameters begin so.</summary>
    public static string KeysOf(string virtualHost) => $"{Local}{virtualHost}\n";

    public async Task<Parameter?> FindAsync(string? virtualHost, string component, string name, CancellationToken cancellationToken) =>
        await store.GetAsync(Key(virtualHost, component, name), cancellationToken) is { } row ? Decode(row) : null;

    public IAsyncEnumerable<Parameter> ListAsync(CancellationToken cancellationToken) => ScanAsync(Local, cancellationToken);

    public IAsyncEnumerable<Parameter> ListGlobalAsync(CancellationToken cancellationToken) => ScanAsync(Global, cancellationToken);

    public async Task<bool> PutAsync(IReadOnlyList<Parameter> parameters, CancellationToken cancellationToken)
    {
        foreach (var parameter in parameters)
        {
            CheckName(parameter.Component);
            CheckName(parameter.Name);
        }

        for (var attempt = 0; attempt < MaxAttempts; attempt++)
        {
            var isNew = false;
            var changes = new SettingsChanges(store);
            for (var i = 0; i < parameters.Count; i++)
            {
                var parameter = parameters[i];
                if (parameter.VirtualHost is { } virtualHost)
                {
                    await SettingsRequirements.VirtualHostAsync(changes, virtualHost);
                }

                var key = Key(parameter.VirtualHost, parameter.Component, parameter.Name);
                var row = await changes.ReadAsync(key);
                isNew = i == 0 ? row is null : isNew;
                changes.Write(key, Encode(parameter.Value));
            }

            if (await store.CommitAsync(changes.ToList(), cancellationToken))
            {
                return isNew;
            }
        }

        throw new BrokerException(ReplyCode.InternalError, "the parameters change too quickly");
    }

    public async Task<bool> DeleteAsync(string? virtualHost, string component, string name, CancellationToken cancellationToken)
    {
        var key = Key(virtualHost, component, name);
        var found = await store.GetAsync(key, cancellationToken) is not null;
        await store.CommitAsync([new(key, null)], cancellationToken);
        return found;
    }

    private static string Key(string? virtualHost, string component, string name) =>
        virtualHost is null ? Global + name : $"{KeysOf(virtualHost)}{component}\n{name}";

    private static void CheckName(string name)
    {
        if (name.AsSpan().ContainsAny('\r', '\n') || Encoding.UTF8.GetByteCount(name) > MaxOctets)
        {
            throw new BrokerException(ReplyCode.PreconditionFailed, $"the name of a parameter, and of its component, has at most {MaxOctets} octets and no line breaks");
        }
    }

    private static byte[] Encode(JsonElement value)
    {
        var writer = new RowWriter(Format);
        writer.Text(value.GetRawText());
        return writer.ToArray();
    }

    private static Parameter Decode(TopologyRow row)
    {
        var reader = new RowReader(row.Value, Format);
        var value = JsonElement.Parse(reader.Text());
        if (row.Key.StartsWith(Global, StringComparison.Ordinal))
        {
            return new Parameter(null, "", row.Key[Global.Length..], value);
        }

        var parts = row.Key[Local.Length..].Split('\n');
        return new Parameter(parts[0], parts[1], parts[2], value);
    }

    private async IAsyncEnumerable<Parameter> ScanAsync(string prefix, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (var row in store.ScanAsync(prefix, null, cancellationToken))
        {
            yield return Decode(row);
        }
    }
}
