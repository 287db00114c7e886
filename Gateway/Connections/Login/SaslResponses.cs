using System.Buffers.Binary;
using System.Text;
using OrleansBroker.Amqp;
using OrleansBroker.Amqp.Tables;

namespace OrleansBroker.Gateway.Connections.Login;

/// <summary>A name and password as a mechanism carries them.</summary>
internal readonly record struct Credentials(string User, string Password);

/// <summary>Reads the responses of the mechanisms that ask for a name and a password.</summary>
internal static class SaslResponses
{
    /// <summary>The mechanisms, as connection.start lists them.</summary>
    public const string Mechanisms = "PLAIN AMQPLAIN";

    /// <summary>The mechanism of a client that its certificate vouches for: its response says nothing that counts.</summary>
    public const string External = "EXTERNAL";

    /// <summary>Reads a response.</summary>
    /// <exception cref="AmqpErrorException">The mechanism is unknown (503) or the response malformed (502).</exception>
    public static Credentials Read(string mechanism, ReadOnlySpan<byte> response) => mechanism switch
    {
        "PLAIN" => ReadPlain(response),
        "AMQPLAIN" => ReadAmqPlain(response),
        _ => throw Error(ReplyCodes.CommandInvalid, $"unknown authentication mechanism '{mechanism}'"),
    };

    // RFC 4616: authorization identity, NUL, authentication identity, NUL, password. The first is not looked at, as in RabbitMQ.
    private static Credentials ReadPlain(ReadOnlySpan<byte> response)
    {
        var user = response.IndexOf((byte)0);
        var password = user < 0 ? -1 : response[(user + 1)..].IndexOf((byte)0);
        if (password < 0 || response[(user + 1 + password + 1)..].Contains((byte)0))
        {
            throw Error(ReplyCodes.SyntaxError, "PLAIN response invalid");
        }

        var names = response[(user + 1)..];
        return new Credentials(Encoding.UTF8.GetString(names[..password]), Encoding.UTF8.GetString(names[(password + 1)..]));
    }

    // A field table without its length in front, with LOGIN and PASSWORD.
    private static Credentials ReadAmqPlain(ReadOnlySpan<byte> response)
    {
        var table = new byte[sizeof(int) + response.Length];
        BinaryPrimitives.WriteInt32BigEndian(table, response.Length);
        response.CopyTo(table.AsSpan(sizeof(int)));
        ReadOnlySpan<byte> rest = table;
        var fields = FieldTableReader.Read(ref rest);
        return fields["LOGIN"] is string user && fields["PASSWORD"] is string password
            ? new Credentials(user, password)
            : throw Error(ReplyCodes.SyntaxError, "AMQPLAIN auth info is missing LOGIN or PASSWORD field");
    }

    private static AmqpErrorException Error(ushort code, string explanation) =>
        new(AmqpError.Of(code, explanation, MethodId.ConnectionStartOk));
}
