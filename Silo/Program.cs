using OrleansBroker.Silo.Hosting;

return await Server.RunAsync(args);
