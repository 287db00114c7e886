namespace OrleansBroker.Amqp.Tables;

/// <summary>Names of field types as RabbitMQ's reply texts have them.</summary>
public static class FieldTypeNames
{
    /// <summary>The name of the value's type.</summary>
    public static string Of(object? value) => value switch
    {
        null => "void",
        string or OpaqueText => "longstr",
        bool => "bool",
        sbyte => "byte",
        byte => "unsignedbyte",
        short => "short",
        ushort => "unsignedshort",
        int => "signedint",
        uint => "unsignedint",
        long => "long",
        float => "float",
        double => "double",
        decimal => "decimal",
        byte[] => "binary",
        AmqpTimestamp => "timestamp",
        FieldTable => "table",
        _ => "array",
    };
}
