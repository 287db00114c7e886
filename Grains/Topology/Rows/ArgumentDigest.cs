using System.Buffers.Text;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using OrleansBroker.Amqp.Tables;

namespace OrleansBroker.Grains.Topology.Rows;

/// <summary>
/// A digest of arguments, alike for tables that are equal by value: the order of fields does not matter, nor the width of integers.
/// It stands in the keys of bindings, whose identity includes their arguments.
/// </summary>
internal static class ArgumentDigest
{
    /// <summary>22 characters; none for an empty table.</summary>
    public static string Of(FieldTable arguments)
    {
        if (arguments.Count == 0)
        {
            return "";
        }

        var text = new StringBuilder();
        AppendTable(text, arguments);
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(Encoding.UTF8.GetBytes(text.ToString()), hash);
        return Base64Url.EncodeToString(hash[..16]);
    }

    private static void AppendTable(StringBuilder text, FieldTable table)
    {
        var fields = new SortedDictionary<string, object?>(StringComparer.Ordinal);
        foreach (var (name, value) in table)
        {
            fields[name] = value;
        }

        text.Append('{');
        foreach (var (name, value) in fields)
        {
            AppendText(text, name);
            AppendValue(text, value);
        }

        text.Append('}');
    }

    private static void AppendValue(StringBuilder text, object? value)
    {
        // Each value begins with a letter of its own and is delimited, so that no two different tables give one text.
        switch (value)
        {
            case null:
                text.Append('V');
                break;
            case string s:
                AppendText(text, s);
                break;
            case sbyte or byte or short or ushort or int or uint or long:
                text.Append('I').Append(Convert.ToInt64(value, CultureInfo.InvariantCulture)).Append(';');
                break;
            case bool b:
                text.Append(b ? 'T' : 'F');
                break;
            case float or double:
                // Adding zero makes one of the two zeros, which are equal.
                text.Append('D').Append((Convert.ToDouble(value, CultureInfo.InvariantCulture) + 0.0).ToString("R", CultureInfo.InvariantCulture)).Append(';');
                break;
            case decimal d:
                text.Append('N').Append(d.ToString(CultureInfo.InvariantCulture)).Append(';');
                break;
            case AmqpTimestamp time:
                text.Append('M').Append(time.UnixTimeSeconds).Append(';');
                break;
            case OpaqueText opaque:
                text.Append('O').Append(opaque).Append(';');
                break;
            case byte[] bytes:
                text.Append('X').Append(Convert.ToHexString(bytes)).Append(';');
                break;
            case FieldTable nested:
                AppendTable(text, nested);
                break;
            case object?[] array:
                AppendArray(text, array);
                break;
            default:
                throw new InvalidDataException($"a field table holds no {value.GetType().Name}");
        }
    }

    private static void AppendArray(StringBuilder text, object?[] array)
    {
        text.Append('[');
        foreach (var item in array)
        {
            AppendValue(text, item);
        }

        text.Append(']');
    }

    private static void AppendText(StringBuilder text, string s) => text.Append('S').Append(s.Length).Append(':').Append(s);
}
