using OrleansBroker.Silo.Hosting;
using OrleansBroker.Silo.Passwords;

return args is [HashPassword.Command] ? HashPassword.Run() : await Server.RunAsync(args);
