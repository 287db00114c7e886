using Npgsql;

namespace OrleansBroker.Storage.PostgreSql.Writing;

/// <summary>Something that a writer commits together with others.</summary>
internal abstract class Operation
{
    /// <summary>When it came, by the time provider's timestamp.</summary>
    public long Since { get; set; }

    /// <summary>Octets that it adds to a batch, roughly.</summary>
    public abstract int Octets { get; }

    /// <summary>Its outcome is unknown, or it cannot be.</summary>
    public abstract void Fail(Exception exception);
}

/// <summary>Operations that are committed by one call of a function of the database. One writer's.</summary>
internal interface IBatch<TOperation>
    where TOperation : Operation
{
    /// <summary>The call, with the writer, the session and the number as its first three parameters.</summary>
    string Sql { get; }

    /// <summary>What is in it.</summary>
    IReadOnlyList<TOperation> Operations { get; }

    /// <summary>Whether the call may take long: the table is to lose very many rows.</summary>
    bool IsLong { get; }

    /// <summary>Declares the parameters from the fourth on.</summary>
    void Declare(NpgsqlParameterCollection parameters);

    /// <summary>Adds an operation; false where it has to wait for the next batch.</summary>
    bool TryAdd(TOperation operation);

    /// <summary>Sets the parameters from the fourth on.</summary>
    void Fill(NpgsqlParameterCollection parameters);

    /// <summary>Tells every operation what the function returned for it.</summary>
    void Complete(long[] results);

    /// <summary>Empties it.</summary>
    void Clear();
}
