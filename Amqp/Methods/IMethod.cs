namespace OrleansBroker.Amqp.Methods;

/// <summary>
/// A method with arguments (AMQP 0-9-1 §1): how they are read and written, in the order of the specification. Reserved arguments
/// are read over and written as the specification's default. A method without arguments needs no type: its
/// <see cref="MethodId"/> says all.
/// </summary>
/// <typeparam name="TSelf">The method itself.</typeparam>
public interface IMethod<TSelf>
    where TSelf : struct, IMethod<TSelf>, allows ref struct
{
    /// <summary>Class and method id.</summary>
    static abstract MethodId Id { get; }

    /// <summary>Reads the arguments.</summary>
    /// <exception cref="AmqpFormatException">The octets are not these arguments.</exception>
    static abstract TSelf Read(scoped ref MethodReader reader);

    /// <summary>Writes the arguments. Static, so that a large method is passed by reference and never copied.</summary>
    /// <exception cref="AmqpFormatException">An argument does not fit into its field.</exception>
    static abstract void Write(scoped in TSelf method, ref MethodWriter writer);
}
