using System.Reflection;
using System.Text;
using OrleansBroker.Grains.Hosting;
using OrleansBroker.Grains.Interfaces.Queues;

namespace OrleansBroker.Tests.Architecture;

/// <summary>
/// What goes over the wire between silos, and between silos and clients, of an old version and a new one: fields are known by their
/// numbers, types by their aliases. OrleansContracts.txt tells of the calls; this is about what they carry.
/// </summary>
public class WireTypes
{
    private const string LockFile = "Grains.Interfaces/WireTypes.txt";

    [Fact]
    public void What_crosses_the_wire_is_what_the_lock_file_says()
    {
        var current = Describe();
        if (Environment.GetEnvironmentVariable("ORLEANSBROKER_WIRE_TYPES") == "write")
        {
            File.WriteAllText(Path.Combine(Repository.Root, LockFile), current);
        }

        // Where this fails on purpose: see whether an old silo can live with the change, then run .ci/update-contracts.
        Assert.Equal(Repository.Read(LockFile), current);
    }

    [Fact]
    public void Every_type_that_crosses_the_wire_has_an_alias_and_every_field_a_number_of_its_own()
    {
        Assert.NotEmpty(Serialized());
        Assert.All(Serialized(), type =>
        {
            Assert.True(type.GetCustomAttribute<AliasAttribute>() is not null, $"{type} has no alias");
            var numbers = Members(type).Select(member => member.Number).ToArray();
            Assert.Equal(numbers.Distinct(), numbers);
        });
    }

    private static Type[] Serialized() =>
        [.. new[] { typeof(IQueueGrain).Assembly, typeof(BrokerOptions).Assembly }
            .SelectMany(assembly => assembly.GetTypes())
            .Where(type => type.GetCustomAttribute<GenerateSerializerAttribute>() is not null)
            .OrderBy(Alias, StringComparer.Ordinal)];

    private static string Alias(Type type) => type.GetCustomAttribute<AliasAttribute>()?.Alias ?? type.FullName!;

    private static string Describe()
    {
        var text = new StringBuilder();
        var enums = new SortedDictionary<string, Type>(StringComparer.Ordinal);
        foreach (var type in Serialized())
        {
            text.Append(Alias(type)).Append('\n');
            foreach (var (number, name, of) in Members(type).OrderBy(member => member.Number))
            {
                text.Append("  ").Append(number).Append(": ").Append(NameOf(of)).Append(' ').Append(name).Append('\n');
                if ((of.GetElementType() ?? Nullable.GetUnderlyingType(of) ?? of) is { IsEnum: true } values)
                {
                    enums[values.FullName!] = values;
                }
            }
        }

        foreach (var (name, values) in enums)
        {
            text.Append(name).Append(" : ").Append(Enum.GetUnderlyingType(values).Name).Append('\n');
            foreach (var value in Enum.GetValuesAsUnderlyingType(values))
            {
                text.Append("  ").Append(value).Append(": ").Append(Enum.GetName(values, value)).Append('\n');
            }
        }

        return text.ToString();
    }

    private static IEnumerable<(uint Number, string Name, Type Of)> Members(Type type)
    {
        const BindingFlags Own = BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly;
        foreach (var property in type.GetProperties(Own))
        {
            if (property.GetCustomAttribute<IdAttribute>() is { } id)
            {
                yield return (id.Id, property.Name, property.PropertyType);
            }
        }

        foreach (var field in type.GetFields(Own))
        {
            if (field.GetCustomAttribute<IdAttribute>() is { } id)
            {
                yield return (id.Id, field.Name, field.FieldType);
            }
        }
    }

    private static string NameOf(Type type) => type switch
    {
        { IsArray: true } => $"{NameOf(type.GetElementType()!)}[]",
        { IsGenericType: true } => $"{type.Name[..type.Name.IndexOf('`', StringComparison.Ordinal)]}<{string.Join(", ", type.GetGenericArguments().Select(NameOf))}>",
        _ when type.GetCustomAttribute<AliasAttribute>() is { } alias => alias.Alias,
        _ => type.FullName!,
    };
}
