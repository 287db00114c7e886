using System.Text.Json;
using OrleansBroker.Grains.Interfaces.Access;
using OrleansBroker.Grains.Interfaces.Policies;
using OrleansBroker.Grains.Interfaces.Topology;
using OrleansBroker.Grains.Topology.Rows;

namespace OrleansBroker.Grains.Settings;

/// <summary>Users, permissions, virtual hosts' settings and policies as the values of rows. What stands in the key is not repeated.</summary>
internal static class SettingsRows
{
    private const byte Format = 1;
    private const long ProtectedFlag = 1;
    private const long TracedFlag = 2;

    public static byte[] Encode(UserDefinition user, long incarnation)
    {
        var writer = new RowWriter(Format);
        writer.Long(incarnation);
        writer.Text(user.PasswordHash ?? "");
        Write(writer, user.Tags);
        Write(writer, user.Limits);
        return writer.ToArray();
    }

    public static UserDefinition User(string name, byte[] value, out long incarnation)
    {
        var reader = new RowReader(value, Format);
        incarnation = reader.Long();
        var hash = reader.Text();
        return new UserDefinition
        {
            Name = name,
            PasswordHash = hash.Length == 0 ? null : hash,
            Tags = Texts(ref reader),
            Limits = Limits(ref reader),
        };
    }

    /// <summary>Patterns of a user's permission: the user's incarnation, so that nobody inherits them with the name.</summary>
    public static byte[] Encode(long incarnation, params ReadOnlySpan<string> patterns)
    {
        var writer = new RowWriter(Format);
        writer.Long(incarnation);
        foreach (var pattern in patterns)
        {
            writer.Text(pattern);
        }

        return writer.ToArray();
    }

    public static string[] Patterns(byte[] value, int count, out long incarnation)
    {
        var reader = new RowReader(value, Format);
        incarnation = reader.Long();
        var patterns = new string[count];
        for (var i = 0; i < count; i++)
        {
            patterns[i] = reader.Text();
        }

        return patterns;
    }

    public static byte[] Encode(VirtualHostDefinition virtualHost, long incarnation)
    {
        var writer = new RowWriter(Format);
        writer.Long(incarnation);
        writer.Long((virtualHost.IsProtected ? ProtectedFlag : 0) | (virtualHost.IsTraced ? TracedFlag : 0));
        writer.Text(virtualHost.Description);
        writer.Text(virtualHost.DefaultQueueType ?? "");
        Write(writer, virtualHost.Tags);
        Write(writer, virtualHost.Limits);
        return writer.ToArray();
    }

    public static VirtualHostDefinition VirtualHost(string name, byte[] value, out long incarnation)
    {
        var reader = new RowReader(value, Format);
        incarnation = reader.Long();
        var flags = reader.Long();
        var description = reader.Text();
        var type = reader.Text();
        return new VirtualHostDefinition
        {
            Name = name,
            Description = description,
            DefaultQueueType = type.Length == 0 ? null : type,
            IsProtected = (flags & ProtectedFlag) != 0,
            IsTraced = (flags & TracedFlag) != 0,
            Tags = Texts(ref reader),
            Limits = Limits(ref reader),
        };
    }

    public static byte[] Encode(Policy policy)
    {
        var writer = new RowWriter(Format);
        writer.Text(policy.Pattern);
        writer.Text(policy.ApplyTo);
        writer.Long(policy.Priority);
        writer.Text(policy.Definition.GetRawText());
        return writer.ToArray();
    }

    public static Policy Policy(PolicyKind kind, string virtualHost, string name, byte[] value)
    {
        var reader = new RowReader(value, Format);
        return new Policy
        {
            Kind = kind,
            VirtualHost = virtualHost,
            Name = name,
            Pattern = reader.Text(),
            ApplyTo = reader.Text(),
            Priority = reader.Long(),
            Definition = JsonElement.Parse(reader.Text()),
        };
    }

    private static void Write(RowWriter writer, IReadOnlyCollection<string> texts)
    {
        writer.Long(texts.Count);
        foreach (var text in texts)
        {
            writer.Text(text);
        }
    }

    private static void Write(RowWriter writer, IReadOnlyDictionary<string, long> limits)
    {
        writer.Long(limits.Count);
        foreach (var (name, limit) in limits)
        {
            writer.Text(name);
            writer.Long(limit);
        }
    }

    private static string[] Texts(ref RowReader reader)
    {
        var texts = new string[reader.Long()];
        for (var i = 0; i < texts.Length; i++)
        {
            texts[i] = reader.Text();
        }

        return texts;
    }

    private static SortedDictionary<string, long> Limits(ref RowReader reader)
    {
        var limits = new SortedDictionary<string, long>(StringComparer.Ordinal);
        for (var left = reader.Long(); left > 0; left--)
        {
            limits[reader.Text()] = reader.Long();
        }

        return limits;
    }
}
