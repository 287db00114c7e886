using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using OrleansBroker.Amqp.Tables;
using OrleansBroker.Grains.Interfaces.Topology;

namespace OrleansBroker.Management.Bindings;

/// <summary>
/// What tells a binding apart from others of the same ends, in a segment of a path: the routing key with escapes, and behind a
/// tilde a digest of the arguments where there are some; a lone tilde where there is neither.
/// </summary>
internal static class PropertiesKey
{
    private const string Empty = "~";

    // As long as RabbitMQ's digest, which is another one.
    private const int DigestOctets = 4;

    public static string Of(BindingDefinition binding)
    {
        if (binding.Arguments.Count > 0)
        {
            return $"{Escape(binding.RoutingKey)}~{Digest(binding.Arguments)}";
        }

        return binding.RoutingKey.Length == 0 ? Empty : Escape(binding.RoutingKey);
    }

    /// <summary>Whether a path's segment names the binding. One whose escapes the server has resolved does so as well, as in RabbitMQ.</summary>
    public static bool Names(string segment, BindingDefinition binding)
    {
        var key = Of(binding);
        return key == segment || Uri.UnescapeDataString(key) == segment;
    }

    private static string Escape(string text)
    {
        var escaped = new StringBuilder(text.Length);
        foreach (var octet in Encoding.UTF8.GetBytes(text))
        {
            var letter = (char)octet;
            if (char.IsAsciiLetterOrDigit(letter) || letter is '.' or '-' or '_')
            {
                escaped.Append(letter);
            }
            else
            {
                escaped.Append('%').Append(octet.ToString("X2", System.Globalization.CultureInfo.InvariantCulture));
            }
        }

        return escaped.ToString();
    }

    private static string Digest(FieldTable arguments)
    {
        // Alike for the same arguments in another order.
        var ordered = new FieldTable(arguments.OrderBy(static field => field.Key, StringComparer.Ordinal));
        return Base64Url.EncodeToString(SHA256.HashData(FieldTableWriter.ToArray(ordered)).AsSpan(0, DigestOctets));
    }
}
