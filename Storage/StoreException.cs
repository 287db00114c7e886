namespace OrleansBroker.Storage;

/// <summary>The store cannot be opened, or has stopped. The message tells an operator which folder and what to do.</summary>
public sealed class StoreException : Exception
{
    /// <summary>With what happened.</summary>
    public StoreException(string message)
        : base(message)
    {
    }

    /// <summary>With what happened and why.</summary>
    public StoreException(string message, Exception cause)
        : base(message, cause)
    {
    }
}
